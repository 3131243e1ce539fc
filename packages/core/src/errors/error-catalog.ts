/**
 * Every error code of SQUIZZLE with what it means for the process: one closed list.
 *
 * `docs/errors.md` has a heading for each code; a test compares both.
 *
 * @module
 */

/** Exit codes of the CLI. 130 is the shell's convention for "ended by SIGINT". */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  notFound: 3,
  integrity: 4,
  conflict: 5,
  migrationFailed: 6,
  unreachable: 7,
  pending: 8,
  cancelled: 130,
} as const;

/** What kind of fault a code is; the exit code follows from it. */
export interface CatalogEntry {
  readonly exitCode: number;
  /** One line: what happened. */
  readonly summary: string;
}

export const ERROR_CATALOG = {
  USAGE_INVALID: { exitCode: EXIT.usage, summary: 'a command was called with arguments that do not fit' },
  CONFIG_INVALID: { exitCode: EXIT.usage, summary: 'squizzle.yaml could not be read or has a wrong or unknown key' },
  CONFIG_NOT_FOUND: { exitCode: EXIT.usage, summary: 'there is no squizzle.yaml here or above' },
  SOURCE_INVALID: { exitCode: EXIT.usage, summary: 'a source file cannot become part of a release' },
  SOURCE_NOT_FOUND: { exitCode: EXIT.notFound, summary: 'the folder of migrations does not exist' },
  NOTHING_TO_RELEASE: { exitCode: EXIT.usage, summary: 'no source file is new or changed since the last release' },
  VERSION_INVALID: { exitCode: EXIT.usage, summary: 'a version is not SemVer 2.0, or not after its predecessor' },
  SELECTOR_INVALID: { exitCode: EXIT.usage, summary: 'a selector is no version, tag, range, digest or commit' },
  ARTIFACT_NOT_FOUND: { exitCode: EXIT.notFound, summary: 'the store holds no release that fits the selector' },
  CONTENT_NOT_FOUND: { exitCode: EXIT.notFound, summary: 'the store lacks a blob that an artifact names' },
  ARTIFACT_INVALID: { exitCode: EXIT.integrity, summary: 'an artifact is not a SQUIZZLE release, or is damaged' },
  ARTIFACT_TOO_LARGE: { exitCode: EXIT.integrity, summary: 'an artifact passes a limit of the format' },
  POLICY_MISSING: { exitCode: EXIT.integrity, summary: 'the environment says nothing about who must have signed' },
  SIGNATURE_MISSING: { exitCode: EXIT.integrity, summary: 'the policy asks for a signature and there is none' },
  SIGNATURE_REFUSED: {
    exitCode: EXIT.integrity,
    summary: 'the release has signatures, but not of those who must sign it',
  },
  ATTESTATION_MISSING: { exitCode: EXIT.integrity, summary: 'the policy asks for an attestation and there is none' },
  ATTESTATION_EXPIRED: { exitCode: EXIT.integrity, summary: 'an attestation that the policy asks for has expired' },
  ATTESTATION_REFUSED: {
    exitCode: EXIT.integrity,
    summary: 'an attestation is of the wrong party, or does not say what the policy asks for',
  },
  RELEASE_REPLAYED: {
    exitCode: EXIT.integrity,
    summary: 'the release is older than what the database has, or does not descend from it',
  },
  POLICY_DENIED: { exitCode: EXIT.integrity, summary: 'no rule of the trust policy allows the release here' },
  POLICY_INVALID: {
    exitCode: EXIT.integrity,
    summary: 'the trust policy could not be read or has a wrong or unknown field',
  },
  POLICY_EXPIRED: { exitCode: EXIT.integrity, summary: 'the trust policy has expired' },
  POLICY_CHANGED: { exitCode: EXIT.integrity, summary: 'the trust policy is not the one that was pinned or signed' },
  TRUST_ROOT_INVALID: { exitCode: EXIT.integrity, summary: 'a trust root is not the one that was pinned, or is unfit' },
  BUNDLE_INVALID: { exitCode: EXIT.integrity, summary: 'a signature bundle is malformed' },
  BUNDLE_TOO_LARGE: { exitCode: EXIT.integrity, summary: 'a signature bundle passes a limit' },
  STATEMENT_INVALID: { exitCode: EXIT.integrity, summary: 'what was signed is no in-toto statement' },
  ARTIFACT_MISMATCH: { exitCode: EXIT.integrity, summary: 'a signature is about another artifact' },
  SIGNATURE_INVALID: { exitCode: EXIT.integrity, summary: 'a signature does not fit what it is said to sign' },
  CERTIFICATE_INVALID: { exitCode: EXIT.integrity, summary: 'the certificate of a signature cannot be trusted' },
  LOG_ENTRY_INVALID: { exitCode: EXIT.integrity, summary: 'the entry of a transparency log cannot be trusted' },
  TIMESTAMP_INVALID: { exitCode: EXIT.integrity, summary: 'the time of a signature cannot be trusted' },
  EVIDENCE_MISSING: {
    exitCode: EXIT.integrity,
    summary: 'a signature lacks a log entry, a timestamp or another proof that is asked for',
  },
  SIGNER_UNKNOWN: { exitCode: EXIT.integrity, summary: 'a signature is of somebody who is not trusted' },
  KEY_EXPIRED: {
    exitCode: EXIT.integrity,
    summary: 'a signature was made outside the time in which its key is trusted',
  },
  KEY_UNUSABLE: { exitCode: EXIT.usage, summary: 'a key could not be read, opened or used' },
  IDENTITY_UNAVAILABLE: { exitCode: EXIT.usage, summary: 'there is no identity token to sign with' },
  SIGNING_CONFIG_INVALID: { exitCode: EXIT.usage, summary: 'the settings for signing do not fit together' },
  SIGNING_FAILED: { exitCode: EXIT.unreachable, summary: 'a service that signing needs failed or refused' },
  HISTORY_REWRITTEN: { exitCode: EXIT.conflict, summary: 'a released file was changed, removed or added to' },
  HISTORY_DIVERGED: { exitCode: EXIT.conflict, summary: 'the database has releases that this artifact does not have' },
  TAG_IMMUTABLE: { exitCode: EXIT.conflict, summary: 'the version is already published with other content' },
  PLAN_STALE: { exitCode: EXIT.conflict, summary: 'the database changed after the plan was made' },
  VERSION_OLDER: { exitCode: EXIT.conflict, summary: 'the database is already past the release' },
  RELEASE_UNFINISHED: { exitCode: EXIT.conflict, summary: 'an earlier run was interrupted and must be finished first' },
  STATEMENT_INTERRUPTED: {
    exitCode: EXIT.conflict,
    summary: 'it cannot be known whether an interrupted statement ran',
  },
  ROLLBACK_MISSING: { exitCode: EXIT.conflict, summary: 'a migration has no rollback file' },
  LOCK_TIMEOUT: { exitCode: EXIT.conflict, summary: 'another migration held the lock until the wait was over' },
  STORE_LOCKED: { exitCode: EXIT.conflict, summary: 'another process has the embedded database open' },
  FILE_EXISTS: { exitCode: EXIT.conflict, summary: 'a file that would be written already exists' },
  STEP_FAILED: { exitCode: EXIT.migrationFailed, summary: 'a statement of a migration was refused by the server' },
  STATEMENT_FAILED: { exitCode: EXIT.migrationFailed, summary: 'the server refused a statement' },
  CHECK_FAILED: {
    exitCode: EXIT.migrationFailed,
    summary: 'what a migration says must be true before or after it is not',
  },
  INDEX_INVALID: { exitCode: EXIT.migrationFailed, summary: 'an index built concurrently is not valid' },
  BASELINE_REFUSED: {
    exitCode: EXIT.conflict,
    summary: 'a database that has releases cannot be given a baseline',
  },
  SCHEMA_UNKNOWN: {
    exitCode: EXIT.notFound,
    summary: 'no release, or not one alone, leads to the schema that the database has',
  },
  SCHEMA_UNRECORDED: { exitCode: EXIT.notFound, summary: 'the ledger has no schema to compare the database with' },
  REQUIREMENT_UNMET: { exitCode: EXIT.conflict, summary: 'the server does not have what the release requires' },
  DATABASE_UNREACHABLE: { exitCode: EXIT.unreachable, summary: 'no connection to the database could be made' },
  DATABASE_DENIED: { exitCode: EXIT.unreachable, summary: 'the database refused the user, the password or the right' },
  DATABASE_UNSUITABLE: {
    exitCode: EXIT.unreachable,
    summary: 'the database cannot take migrations: standby, read-only or pooled',
  },
  CONNECTION_LOST: { exitCode: EXIT.unreachable, summary: 'the connection to the database broke while it was used' },
  LEDGER_INVALID: { exitCode: EXIT.integrity, summary: 'the ledger of the database is not as SQUIZZLE wrote it' },
  STORE_UNUSABLE: { exitCode: EXIT.unreachable, summary: 'the store could not be read or written' },
  AUTH_REQUIRED: { exitCode: EXIT.unreachable, summary: 'the registry wants credentials, or refuses those it got' },
  FORBIDDEN: { exitCode: EXIT.unreachable, summary: 'the registry knows who asks and does not allow it' },
  NOT_FOUND: { exitCode: EXIT.notFound, summary: 'the registry has no such repository, tag or blob' },
  TAG_MOVED: {
    exitCode: EXIT.integrity,
    summary: 'a version’s tag names other content than it did before, or another release than it says',
  },
  DIGEST_MISMATCH: { exitCode: EXIT.integrity, summary: 'the registry says another digest than the content has' },
  TRUNCATED: { exitCode: EXIT.unreachable, summary: 'a transfer broke off, and going on with it did not help' },
  TOO_LARGE: { exitCode: EXIT.integrity, summary: 'an answer of the registry passes a limit' },
  UNSUPPORTED: { exitCode: EXIT.unreachable, summary: 'the registry does not offer what was asked of it' },
  RATE_LIMITED: { exitCode: EXIT.unreachable, summary: 'the registry takes no more requests for now' },
  UNSAFE_REDIRECT: { exitCode: EXIT.integrity, summary: 'the registry sent the client to a place it must not go' },
  INSECURE_REALM: {
    exitCode: EXIT.integrity,
    summary: 'the registry wants credentials sent to a place that is not safe',
  },
  TLS_UNTRUSTED: { exitCode: EXIT.integrity, summary: 'the certificate of the registry cannot be trusted' },
  RESPONSE_INVALID: { exitCode: EXIT.unreachable, summary: 'an answer of the registry is not what the protocol says' },
  REGISTRY_FAILED: { exitCode: EXIT.unreachable, summary: 'the registry failed, also when asked again' },
  UNREACHABLE: { exitCode: EXIT.unreachable, summary: 'no connection to the registry could be made' },
  CREDENTIALS_UNUSABLE: { exitCode: EXIT.unreachable, summary: 'a credential file or helper cannot be used' },
  ARCHIVE_INVALID: {
    exitCode: EXIT.integrity,
    summary: 'an archive is no image layout, or holds what must not be unpacked',
  },
  CONTEXT_INVALID: { exitCode: EXIT.usage, summary: 'a folder cannot become an image' },
  CANCELLED: { exitCode: EXIT.cancelled, summary: 'the run was stopped on request' },
} as const satisfies Record<string, CatalogEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOG;
