/**
 * Runs one segment of a release that needs several: what is journaled as finished is not run again, and what an earlier
 * run was interrupted in is judged by its effect in the catalog, never by hope.
 *
 * @module
 */
import { checksumOf } from '../model/checksum.ts';
import type { JournalEntry } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { PlanSegment } from '../model/plan.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { retryOptions, type ReleaseRun } from './release-run.ts';
import { withRetries } from './retry.ts';
import { runAlone } from './run-statement.ts';
import type { EventDraft } from './run-context.ts';
import { partsOf, toScript } from './script-text.ts';

export interface SegmentAt {
  readonly index: number;
  readonly segment: PlanSegment;
  readonly startedSeq: number;
  /** What an earlier run left in the journal, as it was when this run took the lock. */
  readonly journaled: JournalEntry | null;
  /** A person decided that it is done. */
  readonly isSkipped: boolean;
}

/** @param closing the event that ends the release, for its last segment; it commits with the segment. */
export async function runSegment(
  at: SegmentAt,
  run: ReleaseRun,
  closing: (() => EventDraft) | null,
): Promise<LedgerEvent | null> {
  const { context } = run;
  const entry = toEntry(at, run);
  refuseOtherText(at, entry, run);
  if (at.journaled?.state === 'finished') return closing === null ? null : context.commit(async () => closing());
  const { segment, isSkipped } = at;
  if (segment.kind === 'statement' && !isSkipped) await runAlone(segment, at.journaled !== null, entry, run);
  const finish = (): Promise<LedgerEvent | null> =>
    context.commit(async (transaction) => {
      if (segment.kind === 'transaction' && !isSkipped) {
        await transaction.execute(segment.parts.map((part) => toScript(part, context.files)));
      }
      await transaction.journal([{ ...entry, state: 'finished' }]);
      return closing?.() ?? null;
    });
  return withRetries(finish, retryOptions(run));
}

function toEntry({ index, segment, startedSeq }: SegmentAt, { context }: ReleaseRun): JournalEntry {
  const parts = partsOf(segment);
  const [only] = parts;
  const single = parts.length === 1 && only !== undefined;
  const text = parts.map((part) => toScript(part, context.files).sql).join('\u0000');
  return {
    startedSeq,
    segment: index,
    path: only?.path ?? '',
    start: single ? only.start : null,
    end: single ? only.end : null,
    checksum: checksumOf(text),
    state: 'started',
  };
}

/** The journal speaks of a text: going on with another would leave the database in a state nobody wrote. */
function refuseOtherText({ journaled, index }: SegmentAt, entry: JournalEntry, { release }: ReleaseRun): void {
  if (journaled === null || journaled.checksum === entry.checksum) return;
  const reason = `segment ${index + 1} of ${release.version} was journaled with sha256 ${journaled.checksum}, the plan has ${entry.checksum}`;
  const message = `${reason}; the ledger and the artifact do not belong together`;
  throw new SquizzleError('LEDGER_INVALID', message, { reason });
}
