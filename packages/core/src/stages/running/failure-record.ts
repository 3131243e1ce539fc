/**
 * Says what failed, where, and what is left of it, and leaves a `failed` event behind where the connection still
 * allows it.
 *
 * @module
 */
import type { MigrationTransaction } from '../../contracts/database-driver.ts';
import { isSquizzleError, type SquizzleError } from '../../errors/squizzle-error.ts';
import type { LedgerDetails } from '../../model/ledger-event.ts';
import { recordSchema } from '../record-schema.ts';
import { toInterruption } from './interruption.ts';
import { draftOf, type ReleaseRun } from './release-run.ts';
import { finishedReleases, unknownKept, type FailurePlace } from './release-state.ts';
import type { EventDraft } from './run-context.ts';
import { partsOf } from './script-text.ts';
import { toStepFailure } from './step-failure.ts';

export async function recordFailure<T>(run: ReleaseRun, place: FailurePlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const isCommitting = run.context.isCommitting();
    if (isSquizzleError(cause, 'CONNECTION_LOST')) throw toInterruption(cause, run, place, isCommitting);
    const failure = isSquizzleError(cause, 'STATEMENT_FAILED') ? await explain(cause, run, place) : cause;
    const isRecorded =
      isSquizzleError(failure) && failure.code !== 'PLAN_STALE' && (await appendFailed(run, failure, place));
    if (!isSquizzleError(failure, 'CANCELLED')) throw failure;
    // A session that still answers, and whose next event fits the ledger, has committed no event since.
    throw toInterruption(failure, run, place, isCommitting && !(isRecorded && appendsEvent(run, place)));
  }
}

/** Segments before the last only write to the journal. */
function appendsEvent({ release }: ReleaseRun, { index, isSegmented }: FailurePlace): boolean {
  return !isSegmented || index === release.segments.length - 1;
}

/** What a driver refuses a text with that ended the transaction itself, so that nobody knows what of it was committed. */
const TRANSACTION_ENDED = '2D000';

/** The server's own refusal of such a text counts the statements that had run; then it has kept the transaction. */
function isEndedByText({ details }: SquizzleError<'STATEMENT_FAILED'>): boolean {
  return details.sqlState === TRANSACTION_ENDED && details.completed === null;
}

function explain(
  cause: SquizzleError<'STATEMENT_FAILED'>,
  run: ReleaseRun,
  { index, state }: FailurePlace,
): Promise<SquizzleError> {
  const { release, context } = run;
  const segment = release.segments[index];
  return toStepFailure(cause, {
    release,
    parts: segment === undefined ? [] : partsOf(segment),
    alone: segment?.kind === 'statement' ? segment.effect : null,
    files: context.files,
    state: isEndedByText(cause) ? unknownKept(run) : state,
    options: context.options,
    contention: context.contention,
  });
}

/** @returns whether it was. The failure itself matters more than its record, and the record more than the schema in it. */
async function appendFailed(run: ReleaseRun, failure: SquizzleError, place: FailurePlace): Promise<boolean> {
  const details = { code: failure.code, ...placeOf(failure) };
  const plain = draftOf(run, 'failed', details);
  const append = async (work: (transaction: MigrationTransaction) => Promise<EventDraft>): Promise<boolean> =>
    (await run.context.commit(work, { afterAbort: true }).catch(() => null)) !== null;
  const withSchema = async (transaction: MigrationTransaction): Promise<EventDraft> => {
    const schemaDigest = await recordSchema(transaction);
    if (schemaDigest === null) return plain;
    const { version: server } = run.context.server;
    return { ...draftOf(run, 'failed', { ...details, server }), schemaDigest };
  };
  return (leavesFinishedReleases(run, failure, place) && (await append(withSchema))) || append(async () => plain);
}

/**
 * Releases of this run stand, none of which recorded the schema, and of the one that failed nothing does. Who stops a run
 * does not want to wait for the catalog to be read.
 */
function leavesFinishedReleases(run: ReleaseRun, failure: SquizzleError, place: FailurePlace): boolean {
  if (failure.code === 'CANCELLED' || finishedReleases(run).length === 0) return false;
  return keptNothing(run, failure, place);
}

function keptNothing({ release }: ReleaseRun, failure: SquizzleError, { index, isSegmented }: FailurePlace): boolean {
  if (isSquizzleError(failure.cause, 'STATEMENT_FAILED') && isEndedByText(failure.cause)) return false;
  if (!isSegmented || index < 0) return true;
  const isBegun = release.segments[index]?.kind === 'statement' && !isRefusedBefore(failure);
  return index === 0 && !isBegun;
}

const isRefusedBefore = (failure: SquizzleError): boolean =>
  isSquizzleError(failure, 'CHECK_FAILED') && failure.details.when === 'before';

function placeOf(failure: SquizzleError): LedgerDetails {
  if (isSquizzleError(failure, 'STEP_FAILED')) {
    const { path, line, sqlState } = failure.details;
    return { path, line, sqlState };
  }
  if (!isSquizzleError(failure, 'CHECK_FAILED')) return {};
  const { path, line, when } = failure.details;
  return { path, line, when };
}
