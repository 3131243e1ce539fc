/**
 * Runs one segment of a release that needs several: what is journaled as finished is not run again, and what was
 * interrupted is judged by its effect in the catalog, never by hope.
 *
 * @module
 */
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { StatementEffect } from '../contracts/sql-analyzer.ts';
import { checksumOf } from '../model/checksum.ts';
import type { JournalEntry } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { PlanSegment } from '../model/plan.ts';
import type { EventDraft } from './run-context.ts';
import type { ReleaseRun } from './run-release.ts';
import { partsOf, positionOf, toScript } from './script-text.ts';

export interface SegmentAt {
  readonly index: number;
  readonly segment: PlanSegment;
  readonly startedSeq: number;
  /** What an earlier run left in the journal. */
  readonly journaled: JournalEntry | null;
}

/** @param closing the event that ends the release, for its last segment; it commits with the segment. */
export async function runSegment(
  at: SegmentAt,
  run: ReleaseRun,
  closing: (() => EventDraft) | null,
): Promise<LedgerEvent | null> {
  const entry = toEntry(at, run);
  refuseOtherText(at, entry, run);
  if (at.journaled?.state === 'finished') return closing === null ? null : run.context.commit(async () => closing());
  if (at.segment.kind === 'statement') await runAlone(at, at.segment, entry, run);
  return run.context.commit(async (transaction) => {
    if (at.segment.kind === 'transaction') {
      await transaction.execute(at.segment.parts.map((part) => toScript(part, run.context.files)));
    }
    await transaction.journal([{ ...entry, state: 'finished' }]);
    return closing?.() ?? null;
  });
}

type StatementSegment = Extract<PlanSegment, { kind: 'statement' }>;

async function runAlone(at: SegmentAt, segment: StatementSegment, entry: JournalEntry, run: ReleaseRun): Promise<void> {
  const { session, files } = run.context;
  const interrupted = (await session.readHistory()).journal.some(
    (each) => each.startedSeq === at.startedSeq && each.segment === at.index,
  );
  if (interrupted && !(await mustRunAgain(segment, run))) return;
  if (!interrupted) await refuseInvalidIndex(segment.effect, run);
  await run.context.commit(async (transaction) => {
    await transaction.journal([{ ...entry, state: 'started' }]);
    return null;
  });
  await session.executeOutsideTransaction(toScript(segment.part, files));
  await checkIndex(segment.effect, run);
}

/** Whether an interrupted statement still has to run. What it left half done is cleared away first. */
async function mustRunAgain(segment: StatementSegment, run: ReleaseRun): Promise<boolean> {
  const { session, options } = run.context;
  const state = await session.inspectEffect(segment.effect);
  if (state === 'done') return false;
  if (state === 'leftover') await session.clearLeftover(segment.effect);
  if (state !== 'unknown') return (await session.inspectEffect(segment.effect)) !== 'done';
  if (options.interrupted === 'run-again') return true;
  if (options.interrupted === 'skip') return false;
  throw interruptedStatement(segment, run);
}

/** `IF NOT EXISTS` would pass over an invalid index of that name in silence. */
async function refuseInvalidIndex(effect: StatementEffect, { context }: ReleaseRun): Promise<void> {
  if (effect.kind !== 'create-index' || !effect.ifNotExists) return;
  if ((await context.session.inspectEffect(effect)) !== 'leftover') return;
  throw invalidIndex(effect, 'exists already and is invalid; drop it, then apply again');
}

async function checkIndex(effect: StatementEffect, { context }: ReleaseRun): Promise<void> {
  if (effect.kind !== 'create-index' || effect.index === null) return;
  const state = await context.session.inspectEffect(effect);
  if (state === 'leftover') throw invalidIndex(effect, 'was built and is invalid; apply again to build it anew');
}

function invalidIndex(
  effect: Extract<StatementEffect, { kind: 'create-index' }>,
  fault: string,
): SquizzleError<'INDEX_INVALID'> {
  const index = effect.index ?? 'unnamed';
  return new SquizzleError('INDEX_INVALID', `index ${index} on ${effect.table} ${fault}`, {
    index,
    table: effect.table,
  });
}

function interruptedStatement(
  { part, effect }: StatementSegment,
  run: ReleaseRun,
): SquizzleError<'STATEMENT_INTERRUPTED'> {
  const position = positionOf(part, run.context.files, 0);
  const message =
    `${position.path}:${position.line}:${position.column}: an earlier run was interrupted while this statement ran outside any ` +
    `transaction (${effect.kind}), and the catalog does not tell whether it had its effect; look, then apply with ` +
    `'--interrupted run-again' or '--interrupted skip'`;
  return new SquizzleError('STATEMENT_INTERRUPTED', message, { ...position, version: run.release.version });
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
  const message = `${reason}; resume in the environment and with the transaction scope of the interrupted run`;
  throw new SquizzleError('LEDGER_INVALID', message, { reason });
}
