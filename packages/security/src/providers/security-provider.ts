/**
 * Signing and verifying for programs, as one object: what `createSigstoreProvider` and `createLocalProvider` return, and
 * what `new MigrationEngine({ security })` takes.
 *
 * @module
 */
import type { CallOptions, SecurityProvider as EngineSecurity } from '@squizzle/core';
import type { Statement } from '../statements/statement.ts';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import type { BuildInfo, ProvenanceSubject } from './slsa-statement.ts';

export interface SecurityProvider extends EngineSecurity {
  /**
   * Signs bytes; a text is signed as UTF-8.
   *
   * @returns a Sigstore bundle v0.3 as JSON, over an in-toto statement whose subject is the digest of the data.
   * @throws {SquizzleError} `KEY_UNUSABLE`, `IDENTITY_UNAVAILABLE`, `SIGNING_CONFIG_INVALID`, `SIGNING_FAILED`.
   */
  sign(data: string | Uint8Array, options?: CallOptions): Promise<string>;
  /**
   * Whether somebody who is trusted signed the data.
   *
   * `false` only for a signature that does not hold, or is of somebody else. Prefer `verifyDetailed`, which says why.
   *
   * @throws {SquizzleError} `POLICY_MISSING` when nothing says who is trusted; `TRUST_ROOT_INVALID`.
   */
  verify(data: string | Uint8Array, signature: string): Promise<boolean>;
  /**
   * Who signed the data, and what the signature proves.
   *
   * @throws {SquizzleError} `POLICY_MISSING`, `TRUST_ROOT_INVALID`, and the code of what is wrong with the signature:
   *   `SIGNATURE_INVALID`, `SIGNER_UNKNOWN`, `ARTIFACT_MISMATCH`, `CERTIFICATE_INVALID`, …
   */
  verifyDetailed(data: string | Uint8Array, signature: string): Promise<VerifiedBundle>;
  /** SLSA provenance v1 of a release: a statement, not signed yet; `attest` signs it. */
  generateSLSA(manifest: ProvenanceSubject, buildInfo: BuildInfo): Promise<Statement>;
  /**
   * Signs a statement.
   *
   * @returns a Sigstore bundle v0.3 as JSON.
   * @throws as `sign`.
   */
  attest(statement: Statement, options?: CallOptions): Promise<string>;
}
