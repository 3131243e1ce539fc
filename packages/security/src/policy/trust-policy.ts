/**
 * A trust policy, read and resolved: roots and keys are here, their pins were checked. `docs/trust-policy.md` explains it.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { Digest } from '@squizzle/oci-spec';
import type { TrustedRoot } from '../trusted-root/trusted-root.ts';
import type { KeylessSigner, KeySignerTrust } from '../verification/trusted-signer.ts';
import type { EvidenceThresholds } from '../verification/verified-bundle.ts';

/** What vouches for certificates, logs and times. `trustedRoot: null`: keys alone, without log and timestamp. */
export interface PolicyRoot {
  readonly name: string;
  readonly trustedRoot: TrustedRoot | null;
  readonly thresholds: EvidenceThresholds;
}

export interface Principal {
  readonly name: string;
  readonly root: PolicyRoot;
  readonly signer: KeylessSigner | (KeySignerTrust & { readonly publicKey: KeyObject });
}

/** `n` distinct principals of those that are named. */
export interface SignatureRequirement {
  readonly anyOf: readonly string[];
  readonly min: number;
}

export interface WhereCondition {
  readonly path: string;
  readonly equals: string | number | boolean;
  /** Meant by the type that is asked for, and not written. */
  readonly implied?: true;
}

export interface AttestationRequirement {
  readonly type: string;
  /** Names of principals. */
  readonly by: readonly string[];
  /** `n` distinct principals; 1 unless told. */
  readonly min: number;
  /** Those who signed the release do not count: nobody approves his own work. */
  readonly distinctFromSignature: boolean;
  /**
   * Paths into the predicate with the value each must have; `$env`, `$version`, `$digest` are filled in, globs are told
   * by `*`. A field whose name has a dot cannot be reached.
   */
  readonly where: readonly WhereCondition[];
  /** The predicate's `expires` must be there and lie in the future. */
  readonly notExpired: boolean;
  /** Milliseconds since the oldest trusted time of the attestation; `null`: however old. */
  readonly maxAgeMs: number | null;
}

export interface AntiRollback {
  /** The release must not be older than what the database has. */
  readonly increasing: boolean;
  /** The release's chain must have the database's releases in it, by digest. */
  readonly chain: boolean;
}

export type RuleDemand =
  | { readonly kind: 'unsigned'; readonly reason: string }
  | {
      readonly kind: 'signed';
      readonly signature: SignatureRequirement;
      readonly attestations: readonly AttestationRequirement[];
      readonly antiRollback: AntiRollback;
    };

export interface PolicyRule {
  /** Names, or globs of `*`. */
  readonly environments: readonly string[];
  readonly demand: RuleDemand;
}

export interface PolicyLimits {
  readonly bundleBytes: number;
  readonly referrers: number;
  readonly logEntries: number;
}

export interface TrustPolicyDocument {
  /** Where it was read, for messages. */
  readonly file: string;
  /** Over all that the policy says, with the digests of its roots and keys: comments and layout do not count. */
  readonly digest: Digest;
  readonly expires: Date | null;
  /** Those that principals name and those that none does. */
  readonly roots: ReadonlyMap<string, PolicyRoot>;
  readonly principals: ReadonlyMap<string, Principal>;
  /** First match wins; no match is a refusal. */
  readonly rules: readonly PolicyRule[];
  readonly limits: PolicyLimits;
}
