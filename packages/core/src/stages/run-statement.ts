/**
 * Runs one statement outside any transaction, so that at every moment the journal and the catalog together tell
 * whether it ran.
 *
 * The journal says `started` only where the effect was not there before. So an effect that is there after an interruption
 * is that of the statement, and a statement that the server refuses because of what was there already is never taken as
 * done.
 *
 * @module
 */
import type { StatementEffect } from '../contracts/sql-analyzer.ts';
import type { Script } from '../contracts/database-driver.ts';
import { isSquizzleError, SquizzleError } from '../errors/squizzle-error.ts';
import type { JournalEntry } from '../model/history.ts';
import type { PlanSegment } from '../model/plan.ts';
import { retryOptions, type ReleaseRun } from './release-run.ts';
import { withRetries } from './retry.ts';
import { positionOf, toScript } from './script-text.ts';

type StatementSegment = Extract<PlanSegment, { kind: 'statement' }>;

/**
 * These wait for old transactions without blocking anybody: a short limit would never let them finish. Milliseconds.
 */
const PATIENT_LOCK_TIMEOUT_MS = 600_000;
const PATIENT: ReadonlySet<StatementEffect['kind']> = new Set([
  'create-index',
  'drop-index',
  'detach-partition',
  'rerunnable',
]);

/** @param wasInterrupted an earlier run journaled the statement as started, and no more. */
export async function runAlone(
  segment: StatementSegment,
  wasInterrupted: boolean,
  entry: JournalEntry,
  run: ReleaseRun,
): Promise<void> {
  const { session } = run.context;
  const { effect } = segment;
  if (wasInterrupted) {
    if (!(await mustRunAgain(segment, run))) return;
  } else {
    const before = await session.inspectEffect(effect);
    if (before === 'leftover') refuseInvalidIndex(effect);
    if (before !== 'done' && before !== 'leftover') await journalStart(entry, run);
  }
  await execute(segment, run);
  await checkIndex(effect, run);
}

async function journalStart(entry: JournalEntry, { context }: ReleaseRun): Promise<void> {
  await context.commit(async (transaction) => {
    await transaction.journal([{ ...entry, state: 'started' }]);
    return null;
  });
}

/** Tried again after a lost race for a lock, but not where nobody can tell what of it has run. */
async function execute({ part, effect }: StatementSegment, run: ReleaseRun): Promise<void> {
  const { session, files } = run.context;
  const script = withPatience(toScript(part, files), effect, run.context.options.lockTimeoutMs ?? 0);
  if (effect.kind === 'unknown') return session.executeOutsideTransaction(script);
  const attempt = async (): Promise<void> => {
    try {
      await session.executeOutsideTransaction(script);
    } catch (cause) {
      if (isSquizzleError(cause, 'STATEMENT_FAILED')) await clearOwnLeftover(effect, cause, run);
      throw cause;
    }
  };
  return withRetries(attempt, retryOptions(run));
}

/** An index of that name that was there before is the server's reason to refuse, and not ours to drop. */
async function clearOwnLeftover(
  effect: StatementEffect,
  { details }: SquizzleError<'STATEMENT_FAILED'>,
  { context: { session } }: ReleaseRun,
): Promise<void> {
  const DUPLICATE_OBJECT = '42P07';
  if (effect.kind !== 'create-index' || details.sqlState === DUPLICATE_OBJECT) return;
  try {
    if ((await session.inspectEffect(effect)) === 'leftover') await session.clearLeftover(effect);
  } catch {
    // the statement's own failure says more; the next run finds the leftover again
  }
}

function withPatience(script: Script, { kind }: StatementEffect, askedMs: number): Script {
  if (!PATIENT.has(kind)) return script;
  return { ...script, settings: { lockTimeoutMs: Math.max(PATIENT_LOCK_TIMEOUT_MS, askedMs), ...script.settings } };
}

/** Whether an interrupted statement still has to run. What it left half done is cleared away first. */
async function mustRunAgain(segment: StatementSegment, run: ReleaseRun): Promise<boolean> {
  const { session, options } = run.context;
  const state = await session.inspectEffect(segment.effect);
  if (state === 'done') return false;
  if (state === 'leftover') await session.clearLeftover(segment.effect);
  if (state !== 'unknown') return (await session.inspectEffect(segment.effect)) !== 'done';
  if (options.interrupted === 'run-again') return true;
  throw interruptedStatement(segment, run);
}

/** `IF NOT EXISTS` would pass over an invalid index of that name in silence. */
function refuseInvalidIndex(effect: StatementEffect): void {
  if (effect.kind !== 'create-index' || !effect.ifNotExists) return;
  throw invalidIndex(effect, 'exists already and is invalid; drop it, then apply again');
}

async function checkIndex(effect: StatementEffect, { context }: ReleaseRun): Promise<void> {
  if (effect.kind !== 'create-index') return;
  const state = await context.session.inspectEffect(effect);
  if (state === 'leftover') throw invalidIndex(effect, 'was built and is invalid; apply again to build it anew');
}

function invalidIndex(
  effect: Extract<StatementEffect, { kind: 'create-index' }>,
  fault: string,
): SquizzleError<'INDEX_INVALID'> {
  const index = effect.index ?? 'unnamed';
  const message = `index ${index} on ${effect.table} ${fault}`;
  return new SquizzleError('INDEX_INVALID', message, { index, table: effect.table });
}

function interruptedStatement(
  { part, effect }: StatementSegment,
  run: ReleaseRun,
): SquizzleError<'STATEMENT_INTERRUPTED'> {
  const position = positionOf(part, run.context.files, 0);
  const message =
    `${position.path}:${position.line}:${position.column}: an earlier run was interrupted while this statement ran outside any ` +
    `transaction (${effect.kind}), and the catalog does not tell whether it had its effect; look, then run again with ` +
    `'--interrupted run-again' or '--interrupted skip'`;
  return new SquizzleError('STATEMENT_INTERRUPTED', message, { ...position, version: run.release.version });
}
