/**
 * What apply or rollback would run, segment by segment. Printing a plan is the dry run.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { StatementEffect } from '../contracts/sql-analyzer.ts';
import type { VerifiedArtifact } from './artifact.ts';
import type { Checksum } from './checksum.ts';
import type { UnfinishedRelease } from './history.ts';
import type { Assertion, ReleaseManifest, ScriptSettings, StepKind } from './release-manifest.ts';
import type { Version } from './version.ts';

/** `release`: steps commit together where they can. `step`: each by itself. */
export type TransactionScope = 'release' | 'step';

/** A file, or a range of one, that is sent to the server as one text. */
export interface ScriptPart {
  /** The release whose layer holds the file. */
  readonly release: Version;
  readonly path: string;
  readonly kind: StepKind;
  /** Byte offsets `[start, end)` in the file. */
  readonly start: number;
  readonly end: number;
  readonly settings: ScriptSettings;
  /** Of the file's first part: what must be true before it runs. */
  readonly checks: readonly Assertion[];
  /** Of the file's last part: what must be true after it ran, before it is committed. */
  readonly verifies: readonly Assertion[];
  /**
   * Entries of the server's lock table that the whole file takes, estimated; of its first part that runs in a
   * transaction, else 0.
   */
  readonly locks: number;
}

export type PlanSegment =
  /** Parts that commit together. */
  | { readonly kind: 'transaction'; readonly parts: readonly ScriptPart[] }
  /** One statement outside any transaction. */
  | { readonly kind: 'statement'; readonly part: ScriptPart; readonly effect: StatementEffect };

export interface PlannedRelease {
  readonly version: Version;
  /** The artifact the release was published as. */
  readonly digest: Digest;
  readonly manifest: ReleaseManifest;
  readonly segments: readonly PlanSegment[];
  /** What shares a transaction. */
  readonly transaction: TransactionScope;
  /** An interrupted run that this plan goes on with. */
  readonly resume: UnfinishedRelease | null;
}

export interface Plan {
  readonly direction: 'up' | 'down';
  readonly name: string;
  readonly environment: string;
  readonly artifact: VerifiedArtifact;
  /** Hash of the ledger's last event when the plan was made; apply refuses any other. */
  readonly expectedHead: Checksum | null;
  readonly from: Version | null;
  readonly to: Version | null;
  /** In the order in which they run. Empty: there is nothing to do. */
  readonly releases: readonly PlannedRelease[];
}
