/**
 * Runs one segment of a release that needs several: what is journaled as done is not run again, and what an earlier
 * run was interrupted in is judged by its effect in the catalog, never by hope.
 *
 * @module
 */
import type { MigrationTransaction } from '../../contracts/database-driver.ts';
import { isDone, type JournalEntry } from '../../model/history.ts';
import type { LedgerEvent } from '../../model/ledger-event.ts';
import type { PlanSegment } from '../../model/plan.ts';
import { askAssertions } from './assertions.ts';
import { isVisible } from './effect-knowledge.ts';
import { toEntry } from './journal-proof.ts';
import { retried, type ReleaseRun } from './release-run.ts';
import { segmentsFailed } from './release-state.ts';
import type { EventDraft } from './run-context.ts';
import { runParts } from './run-parts.ts';
import { runAlone } from './run-statement.ts';

export interface SegmentAt {
  readonly index: number;
  readonly segment: PlanSegment;
  readonly startedSeq: number;
  /** What an earlier run left in the journal, as it was when this run took the lock. */
  readonly journaled: JournalEntry | null;
  /** A person decided that it is done: a statement alone. */
  readonly isSkipped: boolean;
}

/** Makes the event that ends the release; it commits with the last segment. */
export type Closing = (transaction: MigrationTransaction) => Promise<EventDraft>;

/** @param closing for the last segment of the release. */
export async function runSegment(at: SegmentAt, run: ReleaseRun, closing: Closing | null): Promise<LedgerEvent | null> {
  const { context } = run;
  const { segment, isSkipped, journaled } = at;
  if (journaled !== null && isDone(journaled)) {
    return closing === null ? null : retried(run, () => context.commit(closing));
  }
  const entry = toEntry(at.index, segment, at.startedSeq, context.files);
  if (segment.kind === 'statement' && !isSkipped && journaled?.state !== 'ran')
    await runStatement(segment, entry, at, run);
  return retried(run, () =>
    context.commit(async (transaction) => {
      if (!isSkipped) await runInTransaction(transaction, at, run);
      await transaction.journal([{ ...entry, state: isSkipped ? 'skipped' : 'finished' }]);
      return closing === null ? null : closing(transaction);
    }),
  );
}

/**
 * What must be true afterwards may be refused. That a statement ran whose effect the catalog does not show is journaled
 * before it is asked, so that the next run asks again and sends nothing twice.
 */
async function runStatement(
  segment: Extract<PlanSegment, { kind: 'statement' }>,
  entry: JournalEntry,
  { index, journaled }: SegmentAt,
  run: ReleaseRun,
): Promise<void> {
  const notBegun = segmentsFailed(run, index, 'not-begun');
  await runAlone({ segment, entry, wasInterrupted: journaled !== null, notBegun }, run);
  if (segment.part.verifies.length === 0 || isVisible(segment.effect)) return;
  const noteRun = async (transaction: MigrationTransaction): Promise<null> => {
    await transaction.journal([{ ...entry, state: 'ran' }]);
    return null;
  };
  await retried(run, () => run.context.commit(noteRun));
}

/** Of a statement that ran by itself only what must be true after it is left. */
async function runInTransaction(
  transaction: MigrationTransaction,
  { index, segment }: SegmentAt,
  run: ReleaseRun,
): Promise<void> {
  const { version } = run.release;
  if (segment.kind === 'transaction') {
    const state = segmentsFailed(run, index, 'unclear');
    return runParts(transaction, segment.parts, run.context.files, { version, state });
  }
  const state = segmentsFailed(run, index, 'ran');
  await askAssertions(transaction, 'after', segment.part, 0, { version, state });
}
