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
  /**
   * `started`: a statement alone was to be sent · `ran`: it ran, what must be true after it is not known yet; only where
   * the catalog does not show its effect · `finished` · `skipped`: a person took a statement alone as done.
   */
  readonly state: 'started' | 'ran' | 'finished' | 'skipped';
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

/** The run is past this segment. */
export function isDone({ state }: JournalEntry): boolean {
  return state === 'finished' || state === 'skipped';
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

/** Whether the event changed what releases the database has. */
function changesReleases({ event }: LedgerEvent): boolean {
  return event === 'applied' || event === 'reverted' || event === 'baselined';
}

/**
 * The newest event that recorded the schema, whichever it is (a run that failed after releases of it were applied records
 * the schema that these led to), as long as no release came or went since without doing so: what the
 * database should look like now, if nobody else changed it and no run is unfinished.
 */
export function recordedSchema(history: History): LedgerEvent | null {
  const last = history.events.findLast((event) => event.schemaDigest !== null || changesReleases(event));
  return last === undefined || last.schemaDigest === null ? null : last;
}

/** The run that a `started` event opened and neither `applied` nor `reverted` closed. */
export function unfinishedRelease(history: History): UnfinishedRelease | null {
  const last = history.events.findLast((event) => event.event !== 'failed' && event.event !== 'repaired');
  if (last?.event !== 'started') return null;
  const journal = history.journal.filter((entry) => entry.startedSeq === last.seq);
  return { event: last, direction: last.details['direction'] === 'down' ? 'down' : 'up', journal };
}

/**
 * The unfinished run that has left something behind, and so must be finished before anything else runs. One of which
 * nothing is journaled has kept nothing: whatever cannot be undone is journaled before it is begun.
 */
export function halfDoneRelease(history: History): UnfinishedRelease | null {
  const unfinished = unfinishedRelease(history);
  return unfinished === null || unfinished.journal.length === 0 ? null : unfinished;
}
