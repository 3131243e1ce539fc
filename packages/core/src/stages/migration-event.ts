/**
 * What an apply or rollback tells while it runs. The library tells, the CLI draws.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
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
  /** A lock of the schema could not be had, or the server broke a deadlock: the segment runs again. */
  | {
      readonly type: 'retrying';
      readonly version: Version;
      readonly attempt: number;
      readonly waitMs: number;
      readonly sqlState: string;
    }
  | { readonly type: 'notice'; readonly severity: string; readonly message: string }
  | { readonly type: 'release-finished'; readonly release: AppliedRelease };
