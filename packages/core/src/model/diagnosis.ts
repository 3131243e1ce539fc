/**
 * What an examination of a database found, and what may be mended without asking anybody.
 *
 * @module
 */
import type { JournalEntry } from './history.ts';

/** What a driver sees when it looks. Facts; what they mean is `diagnoseDatabase`'s business. */
export interface DatabaseExamination {
  /** `null`: there is no ledger yet. */
  readonly ledger: LedgerExamination | null;
  readonly invalidIndexes: readonly InvalidIndex[];
  readonly pendingDetaches: readonly PendingDetach[];
  /** Sessions of SQUIZZLE that hold the migration lock, described: `pid 123 (squizzle 1.2.0 3f9a, active since …)`. */
  readonly lockHolder: string | null;
  /** Sessions that have sat in an open transaction for a minute or more: a migration would wait for them. */
  readonly openTransactions: readonly OpenTransaction[];
}

export interface LedgerExamination {
  /** The number in `meta`; 0 where none can be read. */
  readonly systemVersion: number;
  /** The one that this program writes. */
  readonly knownSystemVersion: number;
  /** Every entry of every run, by `startedSeq`, then segment. */
  readonly journal: readonly JournalEntry[];
  /** Parts of the ledger's schema that are not as they were made. */
  readonly faults: readonly LedgerFault[];
}

export interface LedgerFault {
  /** What SQUIZZLE made: `trigger append_only on squizzle.ledger`, `view squizzle.current`. */
  readonly part: string;
  readonly state: 'missing' | 'disabled' | 'altered';
  /** Rows are gone or wrong with it: `restore-ledger-guard` does not bring them back. */
  readonly isLost?: true;
}

export interface InvalidIndex {
  /** Quoted as SQL needs it, with its schema. */
  readonly index: string;
  readonly table: string;
  /** What REINDEX CONCURRENTLY left behind (`…_ccnew`, `…_ccold`): nobody asked for it by this name. */
  readonly isRemnant: boolean;
  /** A session is building it now. */
  readonly isBeingBuilt: boolean;
  readonly isUnique: boolean;
}

export interface PendingDetach {
  readonly table: string;
  readonly partition: string;
}

export interface OpenTransaction {
  readonly pid: number;
  readonly applicationName: string;
  readonly state: string;
  readonly sinceSeconds: number;
}

/** What can be mended without losing anything that anybody wanted. */
export type Repair =
  /** Makes anew what protects and shows the ledger: functions, triggers, views. Rows are not touched. */
  | { readonly kind: 'restore-ledger-guard' }
  /** `DROP INDEX CONCURRENTLY` of a remnant. */
  | { readonly kind: 'drop-index'; readonly index: string }
  /** `REINDEX INDEX CONCURRENTLY`. */
  | { readonly kind: 'rebuild-index'; readonly index: string };

/** What `--repair` can do: what a driver mends, and what is for the ledger alone to do. */
export type FindingRepair =
  | Repair
  /**
   * Records the schema as it is now. Proposed only where none is recorded for the release the database is at: there is
   * nothing to compare with, so nothing that drifted can be covered up.
   */
  | { readonly kind: 'record-schema' };

export type FindingState = 'ok' | 'note' | 'fault';

/** One line of a diagnosis. `note`: worth knowing, nothing is wrong. */
export interface Finding {
  readonly check: FindingCheck;
  readonly state: FindingState;
  readonly message: string;
  /** What to do about it; `null` where nothing is to be done. */
  readonly remedy: string | null;
  /** What `--repair` would do; `null`: nothing that is safe. */
  readonly repair: FindingRepair | null;
}

export type FindingCheck =
  | 'server'
  | 'ledger'
  | 'system-version'
  | 'ledger-guard'
  | 'chain'
  | 'steps'
  | 'releases'
  | 'unfinished'
  | 'schema'
  | 'indexes'
  | 'detaches'
  | 'sessions';
