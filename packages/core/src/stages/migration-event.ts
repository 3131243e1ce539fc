/**
 * What an apply or rollback tells while it runs. The library tells, the CLI draws.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { LockConflict } from '../contracts/database-driver.ts';
import type { Version } from '../model/version.ts';

/** A release that was applied or reverted, as the ledger has it. */
export interface AppliedRelease {
  readonly version: Version;
  readonly digest: Digest;
  readonly direction: 'up' | 'down';
  /** Files that ran. */
  readonly steps: number;
  readonly durationMs: number;
  /** The ledger event's place. */
  readonly seq: number;
}

export type MigrationEvent =
  | { readonly type: 'lock-waiting'; readonly holder: string | null }
  | {
      readonly type: 'release-started';
      readonly version: Version;
      readonly direction: 'up' | 'down';
      readonly steps: number;
      readonly segments: number;
      /** An interrupted run is gone on with. */
      readonly resumed: boolean;
    }
  /** `segment` counts from 1. Sent for releases of several segments. */
  | {
      readonly type: 'segment-finished';
      readonly version: Version;
      readonly segment: number;
      readonly segments: number;
    }
  /** A statement waits for a lock of the schema; said once for each lock. */
  | { readonly type: 'lock-blocked'; readonly version: Version; readonly conflict: LockConflict }
  /** A lock of the schema could not be had, or the server broke a deadlock: the segment runs again. */
  | {
      readonly type: 'retrying';
      readonly version: Version;
      readonly attempt: number;
      readonly waitMs: number;
      readonly sqlState: string;
      /** Who was in the way last, where that was seen. */
      readonly conflict: LockConflict | null;
    }
  /**
   * The schema is not the one that the release declares; both digests. After a rollback `version` is the release that
   * the database went back to.
   */
  | {
      readonly type: 'schema-differs';
      readonly version: Version;
      readonly declared: Digest;
      readonly found: Digest;
    }
  /**
   * Before anything ran: the live schema is not the one that was recorded for `version`, the release the database is
   * at. The plan runs nevertheless.
   */
  | {
      readonly type: 'schema-drifted';
      readonly version: Version;
      readonly recorded: Digest;
      readonly found: Digest;
    }
  /** The schema's digest could not be read without waiting for someone's lock, and was not recorded. */
  | { readonly type: 'schema-unrecorded'; readonly version: Version }
  /** The chain of hashes does not hold at this event of the ledger: someone changed it, or one before it is gone. */
  | { readonly type: 'ledger-edited'; readonly seq: number }
  | { readonly type: 'notice'; readonly severity: string; readonly message: string }
  | { readonly type: 'release-finished'; readonly release: AppliedRelease };
