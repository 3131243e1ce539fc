/**
 * Runs one statement outside any transaction, so that at every moment the journal and the catalog together tell
 * whether it ran.
 *
 * The journal says `started` only where the effect was not there before. So an effect that is there after an interruption
 * is that of the statement, and a statement that the server refuses because of what was there already is never taken as
 * done; nor is anything cleared away that this release did not begin.
 *
 * @module
 */
import type { MigrationTransaction } from '../../contracts/database-driver.ts';
import type { StatementEffect } from '../../contracts/sql-analyzer.ts';
import { isSquizzleError, SquizzleError } from '../../errors/squizzle-error.ts';
import type { JournalEntry } from '../../model/history.ts';
import type { PlanSegment } from '../../model/plan.ts';
import { askAssertions } from './assertions.ts';
import { isUnknowable } from './effect-knowledge.ts';
import { withPatience } from './patience.ts';
import { retried, type ReleaseRun } from './release-run.ts';
import { positionOf, toScript } from './script-text.ts';

type StatementSegment = Extract<PlanSegment, { kind: 'statement' }>;

export interface LoneStatement {
  readonly segment: StatementSegment;
  readonly entry: JournalEntry;
  /** An earlier run journaled the statement as started, and no more. */
  readonly wasInterrupted: boolean;
  /** What the database holds when it may not run. */
  readonly notBegun: string;
}

export async function runAlone(statement: LoneStatement, run: ReleaseRun): Promise<void> {
  const { segment, wasInterrupted } = statement;
  if (wasInterrupted && !(await mustRunAgain(segment, run))) return;
  const isOurs = wasInterrupted || (await begin(statement, run));
  await execute(segment, isOurs, run);
  await checkIndex(segment.effect, run);
}

/**
 * Asks what must be true first, and journals the start.
 *
 * @returns whether the journal speaks of it now: what is in the catalog from here on was made by the statement.
 */
async function begin({ segment, entry, notBegun }: LoneStatement, run: ReleaseRun): Promise<boolean> {
  const { part, effect } = segment;
  const { context, release } = run;
  const before = await context.session.inspectEffect(effect);
  if (before === 'leftover') refuseInvalidIndex(effect);
  const isOurs = before !== 'done' && before !== 'leftover';
  if (!isOurs && part.checks.length === 0) return false;
  const prepare = async (transaction: MigrationTransaction): Promise<null> => {
    await askAssertions(transaction, 'before', part, 0, { version: release.version, state: notBegun });
    if (isOurs) await transaction.journal([{ ...entry, state: 'started' }]);
    return null;
  };
  await retried(run, () => context.commit(prepare));
  return isOurs;
}

/** Tried again after a lost race for a lock, but not where nobody can tell what of it has run. */
async function execute({ part, effect }: StatementSegment, isOurs: boolean, run: ReleaseRun): Promise<void> {
  const { session, files, options, contention } = run.context;
  const script = withPatience(toScript(part, files), effect, options.lockTimeoutMs ?? 0);
  if (isUnknowable(effect)) {
    contention.begin();
    contention.countTry();
    return session.executeOutsideTransaction(script);
  }
  let leaves = false;
  const attempt = async (): Promise<void> => {
    if (leaves && (await settle(effect, run)) === 'done') return;
    try {
      await session.executeOutsideTransaction(script);
    } catch (cause) {
      leaves = isOurs && mayLeave(cause);
      throw cause;
    }
  };
  try {
    await retried(run, attempt);
  } catch (cause) {
    if (!leaves || !isSquizzleError(cause, 'STATEMENT_FAILED')) throw cause;
    // When clearing away fails as well, the statement's own failure says more; the next run finds the leftover again.
    if ((await settle(effect, run).catch(() => 'leftover')) !== 'done') throw cause;
  }
}

/** An object of that name that was made by others meanwhile is the server's reason to refuse, and not ours to drop. */
function mayLeave(cause: unknown): boolean {
  const DUPLICATE_OBJECT = '42P07';
  return isSquizzleError(cause, 'STATEMENT_FAILED') && cause.details.sqlState !== DUPLICATE_OBJECT;
}

/**
 * Clears away what the statement left half done: an invalid index is dropped, a detach that is pending is finished.
 *
 * @returns `done` when that was all that was left to do.
 */
async function settle(effect: StatementEffect, { context: { session } }: ReleaseRun): Promise<'done' | 'absent'> {
  if ((await session.inspectEffect(effect)) !== 'leftover') return 'absent';
  await session.clearLeftover(effect);
  return (await session.inspectEffect(effect)) === 'done' ? 'done' : 'absent';
}

/** Whether an interrupted statement still has to run. What it left half done is cleared away first. */
async function mustRunAgain(segment: StatementSegment, run: ReleaseRun): Promise<boolean> {
  const { session, options } = run.context;
  const state = await session.inspectEffect(segment.effect);
  if (state === 'leftover') return (await retried(run, () => settle(segment.effect, run))) !== 'done';
  if (state !== 'unknown') return state !== 'done';
  if (options.interrupted === 'run-again') return true;
  throw interruptedStatement(segment, run);
}

/** `IF NOT EXISTS` would pass over an invalid index of that name in silence. */
function refuseInvalidIndex(effect: StatementEffect): void {
  if (effect.kind !== 'create-index' || !effect.ifNotExists) return;
  const remedy = `unless a session is building it now, DROP INDEX CONCURRENTLY ${effect.index ?? ''}, then apply again`;
  throw invalidIndex(effect, `exists already and is invalid: ${remedy}`);
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
