/**
 * The SQUIZZLE manifest: what one release holds, in the order it runs. Written once, signed with the artifact.
 *
 * Paths are those inside the release's layer folder, `migrations/<version>/`: `migrations/0001_users.sql`,
 * `rollback/0001_users.sql`, `repeatable/views.sql`, `seeds/production/plans.sql`.
 *
 * @see docs/format.md
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { StatementEffect } from '../contracts/sql-analyzer.ts';
import type { Checksum } from './checksum.ts';
import type { Version } from './version.ts';

export const FORMAT_VERSION = 1;

export type StepKind = 'migration' | 'repeatable' | 'seed';

/**
 * Statements of a file that does not fit one transaction: byte offsets `[start, end)` and how they run.
 * `null`: a run of statements that may share a transaction. Else one statement alone, and what is known of its effect.
 */
export type StatementRange = readonly [start: number, end: number, effect: StatementEffect | null];

/** A file as it lies in the layer, with what the build found in it. */
export interface ScriptFile {
  readonly path: string;
  readonly checksum: Checksum;
  readonly sizeBytes: number;
  /** `true`: the whole file runs inside the release's transaction and `statements` is empty. */
  readonly transaction: boolean;
  /** Where `transaction` is false: all of the file's statements, in order. */
  readonly statements: readonly StatementRange[];
  readonly settings: ScriptSettings;
  /** Sorted codes; see `docs/hazards.md`. */
  readonly hazards: readonly string[];
  /** How many entries of the server's lock table the file takes, estimated. Left out where it is 0. */
  readonly locks?: number;
  /** What must be true before the file runs. Left out where there is none. */
  readonly checks?: readonly Assertion[];
  /** What must be true after the file ran, in its transaction. Left out where there is none. */
  readonly verifies?: readonly Assertion[];
}

/** A query whose answer must be one row with one column that is true. */
export interface Assertion {
  readonly sql: string;
  /** Where it begins in the source file, from 1. */
  readonly line: number;
}

/** Settings a file asks for by directive; they hold for that file alone. */
export interface ScriptSettings {
  readonly lockTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
}

export interface Step extends ScriptFile {
  readonly kind: StepKind;
  /** The environment a seed belongs to; `null` runs everywhere. */
  readonly environment: string | null;
  readonly rollback: ScriptFile | null;
  /** `true`: rolling back past this step is allowed though there is no rollback file. */
  readonly irreversible: boolean;
}

export interface Requirements {
  /** A range of server versions, as in `>=14`. */
  readonly postgres: string | null;
  /** Names of extensions that must be available. */
  readonly extensions: readonly string[];
}

export interface ReleaseManifest {
  readonly formatVersion: typeof FORMAT_VERSION;
  readonly name: string;
  readonly version: Version;
  readonly previous: { readonly version: Version; readonly digest: Digest } | null;
  /** SHA-256 of the release's layer, as it is stored. */
  readonly checksum: Checksum;
  /** RFC 3339, UTC, whole seconds. */
  readonly created: string;
  readonly notes: string;
  readonly author: string | null;
  /** The git commit it was built from. */
  readonly revision: string | null;
  /** Where the sources are kept: a URL. */
  readonly source: string | null;
  readonly requires: Requirements;
  /** Digest of the schema that the release leads to, if the build declared one. */
  readonly schemaDigest?: Digest;
  readonly steps: readonly Step[];
}
