/**
 * What a database has been through, read from its ledger, and what follows from it. Pure.
 *
 * @module
 */
import type { LedgerEvent } from './ledger-event.ts';
import type { Version } from './version.ts';

/** One segment of a release that does not fit one transaction; see `PlanSegment`. */
export interface JournalEntry {
  /** `seq` of the `started` event of the run it belongs to. */
  readonly startedSeq: number;
  /** The segment's place in the plan of the release, from 0. */
  readonly segment: number;
  readonly path: string;
  /** Byte offsets of the segment in its file; `null` for a segment of several files. */
  readonly start: number | null;
  readonly end: number | null;
  /** SHA-256 of the SQL text that ran. */
  readonly checksum: string;
  readonly state: 'started' | 'finished';
}

/** All that the ledger schema holds. `initialized` is false where there is no ledger yet. */
export interface History {
  readonly initialized: boolean;
  /** By `seq`, from 1. */
  readonly events: readonly LedgerEvent[];
  /** Entries of the unfinished run, if there is one, by segment. */
  readonly journal: readonly JournalEntry[];
}

/** A release that was begun in several transactions and has not reached its end. */
export interface UnfinishedRelease {
  readonly event: LedgerEvent;
  readonly direction: 'up' | 'down';
  readonly journal: readonly JournalEntry[];
}

export const EMPTY_HISTORY: History = { initialized: false, events: [], journal: [] };

/** The last event: a plan is made for one head and refused at any other. */
export function historyHead(history: History): LedgerEvent | null {
  return history.events.at(-1) ?? null;
}

/** Releases now in the database, oldest first: the `applied` or `baselined` event of each. */
export function appliedReleases(history: History): readonly LedgerEvent[] {
  const applied: LedgerEvent[] = [];
  for (const event of history.events) {
    if (event.event === 'applied' || event.event === 'baselined') applied.push(event);
    if (event.event === 'reverted' && applied.at(-1)?.version === event.version) applied.pop();
  }
  return applied;
}

export function currentRelease(history: History): LedgerEvent | null {
  return appliedReleases(history).at(-1) ?? null;
}

export function currentVersion(history: History): Version | null {
  return currentRelease(history)?.version ?? null;
}

/** The run that a `started` event opened and neither `applied` nor `reverted` closed. */
export function unfinishedRelease(history: History): UnfinishedRelease | null {
  const last = history.events.findLast((event) => event.event !== 'failed');
  if (last?.event !== 'started') return null;
  const journal = history.journal.filter((entry) => entry.startedSeq === last.seq);
  return { event: last, direction: last.details['direction'] === 'down' ? 'down' : 'up', journal };
}
