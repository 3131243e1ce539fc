/**
 * The one error class of core and the adapters. The code decides the shape of the details.
 *
 * Messages say what was expected, what was found and what to do next; never a secret.
 *
 * @module
 */
import type { ErrorCode } from './error-catalog.ts';

/** Where in a source or step file something is: 1-based, columns in code points. */
export interface TextPosition {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** What every fault of a registry tells. Texts are free of secrets: URLs without userinfo, signatures and state. */
export interface RegistryFault {
  /** As references write it: `ghcr.io`, `localhost:5000`. */
  readonly registry: string;
  /** `null` where the fault concerns no single repository. */
  readonly repository: string | null;
  /** What the registry calls the request in its log, where it says so. */
  readonly requestId: string | null;
  /** HTTP status of the answer; `null` where there was none. */
  readonly status: number | null;
  /** What to do next, for people. */
  readonly hint: string;
}

/** Why one signature counts for nothing. */
export interface BundleFault {
  /** What of it, in words: `log entry 2: the inclusion proof does not lead to the checkpoint's root`. */
  readonly reason: string;
}

/** What a trust policy said, and to what. */
export interface Denial {
  /** Of the artifact. */
  readonly digest: string;
  readonly environment: string;
  /** Every signature and every requirement with its verdict, a line each, for people. */
  readonly explanation: readonly string[];
}

/** How far an apply or rollback came that ended before its time. Left out of errors that have nothing to do with one. */
export interface RunProgress {
  /** Releases that this run had applied (or reverted) before, in order. */
  readonly finished?: readonly string[];
  /** What the database holds of the release in hand, in words. */
  readonly state?: string;
}

export interface ErrorDetails {
  USAGE_INVALID: { readonly argument: string };
  CONFIG_INVALID: { readonly file: string; readonly key: string | null };
  CONFIG_NOT_FOUND: { readonly folder: string };
  SOURCE_INVALID: {
    readonly path: string;
    readonly line: number | null;
    readonly column: number | null;
    readonly reason: string;
  };
  SOURCE_NOT_FOUND: { readonly path: string };
  NOTHING_TO_RELEASE: { readonly previous: string | null };
  VERSION_INVALID: { readonly version: string };
  SELECTOR_INVALID: { readonly selector: string };
  ARTIFACT_NOT_FOUND: { readonly selector: string };
  CONTENT_NOT_FOUND: { readonly digest: string };
  ARTIFACT_INVALID: { readonly digest: string | null; readonly reason: string };
  ARTIFACT_TOO_LARGE: { readonly what: string; readonly limit: number; readonly actual: number };
  POLICY_MISSING: { readonly environment: string | null };
  SIGNATURE_MISSING: { readonly digest: string } & Partial<Denial>;
  SIGNATURE_REFUSED: Denial;
  ATTESTATION_MISSING: Denial;
  ATTESTATION_EXPIRED: Denial;
  ATTESTATION_REFUSED: Denial;
  RELEASE_REPLAYED: Denial;
  POLICY_DENIED: Denial;
  POLICY_INVALID: { readonly file: string; readonly key: string | null; readonly reason: string };
  POLICY_EXPIRED: { readonly file: string; readonly expires: string };
  /** `expected` and `actual` are digests, where the policy was pinned by one. */
  POLICY_CHANGED: {
    readonly file: string;
    readonly expected: string | null;
    readonly actual: string;
    readonly reason: string;
  };
  TRUST_ROOT_INVALID: { readonly root: string; readonly reason: string };
  BUNDLE_INVALID: BundleFault;
  BUNDLE_TOO_LARGE: BundleFault;
  STATEMENT_INVALID: BundleFault;
  ARTIFACT_MISMATCH: BundleFault;
  SIGNATURE_INVALID: BundleFault;
  CERTIFICATE_INVALID: BundleFault;
  LOG_ENTRY_INVALID: BundleFault;
  TIMESTAMP_INVALID: BundleFault;
  EVIDENCE_MISSING: BundleFault;
  SIGNER_UNKNOWN: BundleFault;
  KEY_EXPIRED: BundleFault;
  /** `key`: where it lies, never what it is. */
  KEY_UNUSABLE: { readonly key: string; readonly reason: string };
  IDENTITY_UNAVAILABLE: { readonly reason: string };
  SIGNING_CONFIG_INVALID: { readonly key: string | null; readonly reason: string };
  /** `status`: of HTTP; `null` where there was no answer. */
  SIGNING_FAILED: { readonly service: string; readonly status: number | null; readonly hint: string };
  HISTORY_REWRITTEN: {
    readonly path: string;
    readonly version: string;
    readonly expected: string | null;
    /** `null`: the file is gone. */
    readonly actual: string | null;
  };
  HISTORY_DIVERGED: { readonly version: string; readonly applied: string; readonly expected: string | null };
  TAG_IMMUTABLE: { readonly tag: string; readonly existing: string; readonly refused: string };
  PLAN_STALE: { readonly expectedHead: string | null; readonly actualHead: string | null };
  VERSION_OLDER: { readonly current: string; readonly requested: string };
  RELEASE_UNFINISHED: { readonly version: string; readonly direction: 'up' | 'down' };
  STATEMENT_INTERRUPTED: TextPosition & { readonly version: string };
  ROLLBACK_MISSING: { readonly version: string; readonly path: string };
  LOCK_TIMEOUT: { readonly waitMs: number; readonly holder: string | null };
  STORE_LOCKED: { readonly path: string; readonly pid: number | null };
  FILE_EXISTS: { readonly path: string };
  STEP_FAILED: TextPosition & {
    readonly version: string;
    readonly sqlState: string;
    /** The source line with a caret below it, or the statement's beginning. */
    readonly excerpt: string;
    readonly hint: string | null;
    /** What the database holds now, in words. */
    readonly state: string;
    /** What to do about this kind of fault; left out where there is nothing to add to what the server says. */
    readonly advice?: string;
    /** Server processes whose locks were in the way last, of a statement that gave up waiting. */
    readonly blockedBy?: readonly number[];
  };
  /**
   * From a driver: one text was refused. `index` is its place among the texts sent, `offset` counts
   * characters (code points) from its start, `completed` the statements of it that had run.
   */
  STATEMENT_FAILED: {
    readonly sqlState: string;
    readonly index: number;
    readonly offset: number | null;
    readonly completed: number | null;
    readonly detail: string | null;
    readonly hint: string | null;
    readonly context: string | null;
    /** Set by the engine: the text was not the script at `index`, but a check of it. */
    readonly assertion?: { readonly sql: string; readonly line: number };
  };
  /** `when`: before or after the file. `found`: the answer, for people. */
  CHECK_FAILED: {
    readonly version: string;
    readonly path: string;
    readonly line: number;
    readonly when: 'before' | 'after';
    readonly query: string;
    readonly found: string;
    readonly state: string;
  };
  BASELINE_REFUSED: { readonly current: string | null };
  /**
   * `compared`: the releases whose schema is known, and how many objects differ where both are known. `fitting`: those
   * that lead to this very schema, oldest first. `unknown`: those of which it is not known where they lead.
   */
  SCHEMA_UNKNOWN: {
    readonly schemaDigest: string;
    readonly compared: readonly { readonly version: string; readonly differences: number | null }[];
    readonly fitting: readonly string[];
    readonly unknown: readonly string[];
  };
  SCHEMA_UNRECORDED: { readonly version: string | null };
  INDEX_INVALID: { readonly index: string; readonly table: string };
  REQUIREMENT_UNMET: { readonly requirement: string; readonly found: string };
  DATABASE_UNREACHABLE: { readonly database: string };
  DATABASE_DENIED: { readonly database: string; readonly sqlState: string };
  DATABASE_UNSUITABLE: { readonly database: string; readonly reason: string };
  /** A run that was cut off says what it is sure of, as one that was stopped. */
  CONNECTION_LOST: RunProgress & { readonly database: string };
  LEDGER_INVALID: { readonly reason: string };
  STORE_UNUSABLE: { readonly path: string; readonly systemCode: string | null };
  AUTH_REQUIRED: RegistryFault & {
    /** Where the refused credentials came from, as `~/.docker/config.json`; `null`: none were found. */
    readonly credentials: string | null;
  };
  /** `scopes` are those that the registry asked for, as `repository:a/b:push`. */
  FORBIDDEN: RegistryFault & { readonly scopes: readonly string[] };
  NOT_FOUND: RegistryFault & { readonly what: 'repository' | 'tag' | 'manifest' | 'blob'; readonly name: string };
  /**
   * The digests of one version; or, where a tag names another release than it says, the version (else the selector) that
   * was asked for, and the version (else the digest) that is there.
   */
  TAG_MOVED: { readonly tag: string; readonly expected: string; readonly actual: string };
  DIGEST_MISMATCH: RegistryFault & { readonly expected: string; readonly actual: string };
  TRUNCATED: RegistryFault & {
    readonly digest: string;
    readonly expectedBytes: number;
    readonly receivedBytes: number;
  };
  /** `limitBytes`: `null` where the limit is the registry's, which does not say it. */
  TOO_LARGE: RegistryFault & { readonly what: string; readonly limitBytes: number | null };
  UNSUPPORTED: RegistryFault & { readonly feature: string };
  /** `retryAt`: ISO time from which the registry takes requests again, where it says so. */
  RATE_LIMITED: RegistryFault & { readonly retryAt: string | null };
  UNSAFE_REDIRECT: RegistryFault & { readonly target: string };
  INSECURE_REALM: RegistryFault & { readonly realm: string };
  /** `reason`: what is wrong with the certificate; `code`: what TLS calls it, as `CERT_HAS_EXPIRED`. */
  TLS_UNTRUSTED: RegistryFault & {
    readonly reason: 'unknown-authority' | 'wrong-host' | 'expired' | 'not-yet-valid' | 'client-certificate' | 'other';
    readonly code: string;
  };
  RESPONSE_INVALID: RegistryFault & { readonly reason: string };
  REGISTRY_FAILED: RegistryFault & { readonly attempts: number };
  /** `systemCode`: `ECONNREFUSED`, `ENOTFOUND`, `UND_ERR_CONNECT_TIMEOUT` … */
  UNREACHABLE: RegistryFault & { readonly systemCode: string | null };
  CREDENTIALS_UNUSABLE: { readonly source: string; readonly reason: string };
  /** `entry`: the member of the archive that is at fault. */
  ARCHIVE_INVALID: { readonly path: string; readonly entry: string | null; readonly reason: string };
  CONTEXT_INVALID: { readonly path: string; readonly reason: string };
  CANCELLED: RunProgress & { readonly during: string };
}

export class SquizzleError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'SquizzleError';
  readonly code: C;
  readonly details: ErrorDetails[C];

  constructor(code: C, message: string, details: ErrorDetails[C], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** Compares names and codes, not class identity: two copies of this package may be installed. */
export function isSquizzleError<C extends ErrorCode = ErrorCode>(value: unknown, code?: C): value is SquizzleError<C> {
  if (!(value instanceof Error) || value.name !== 'SquizzleError') return false;
  return code === undefined || (value as SquizzleError).code === code;
}
