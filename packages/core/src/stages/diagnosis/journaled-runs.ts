/**
 * Which runs the ledger knows of that needed several segments, and what the journal says of each. Pure.
 *
 * @module
 */
import { appliedReleases, type JournalEntry } from '../../model/history.ts';
import type { LedgerEvent } from '../../model/ledger-event.ts';

export interface JournaledRun {
  readonly started: LedgerEvent;
  /** `null`: it has not come to its end. */
  readonly ended: LedgerEvent | null;
  readonly direction: 'up' | 'down';
  /** By which the release had come that the run takes back; `null` on the way forward, or where no event brought it. */
  readonly undone: LedgerEvent | null;
  /** By segment. */
  readonly entries: readonly JournalEntry[];
  /** Of how many segments it was begun; `null` where the event does not say. */
  readonly segments: number | null;
}

export function journaledRuns(
  events: readonly LedgerEvent[],
  journal: readonly JournalEntry[],
): readonly JournaledRun[] {
  const bySeq = bySegment(journal);
  return events.flatMap((started, at) => {
    if (started.event !== 'started') return [];
    const next = events.find(({ event }, index) => index > at && event !== 'failed' && event !== 'repaired');
    const isEnd = next?.event === 'applied' || next?.event === 'reverted';
    const { segments } = started.details;
    const direction = started.details['direction'] === 'down' ? 'down' : 'up';
    return [
      {
        started,
        ended: isEnd && next.version === started.version ? next : null,
        direction,
        undone: direction === 'down' ? cameBy(started, events.slice(0, at)) : null,
        entries: bySeq.get(started.seq) ?? [],
        segments: typeof segments === 'number' ? segments : null,
      },
    ];
  });
}

function bySegment(journal: readonly JournalEntry[]): ReadonlyMap<number, readonly JournalEntry[]> {
  const runs = new Map<number, JournalEntry[]>();
  for (const entry of journal.toSorted((a, b) => a.segment - b.segment)) {
    const entries = runs.get(entry.startedSeq);
    if (entries === undefined) runs.set(entry.startedSeq, [entry]);
    else entries.push(entry);
  }
  return runs;
}

function cameBy({ version }: LedgerEvent, events: readonly LedgerEvent[]): LedgerEvent | null {
  const applied = appliedReleases({ initialized: true, events, journal: [] });
  return applied.findLast((event) => event.version === version) ?? null;
}
