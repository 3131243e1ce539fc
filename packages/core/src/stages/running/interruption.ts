/**
 * What a run that was cut off or stopped is sure of: which releases are in the database, what of the one in hand was
 * kept, and where nobody on this side can know.
 *
 * @module
 */
import { SquizzleError } from '../../errors/squizzle-error.ts';
import { isUnknowable } from './effect-knowledge.ts';
import type { ReleaseRun } from './release-run.ts';
import {
  again,
  finishedReleases,
  nameSegment,
  nothingKept,
  segmentsKept,
  segmentsKeptAtLeast,
  type FailurePlace,
} from './release-state.ts';

type Interruption = SquizzleError<'CONNECTION_LOST'> | SquizzleError<'CANCELLED'>;

/** @param isUnsure COMMIT was due and its answer did not come. */
export function toInterruption(
  cause: Interruption,
  run: ReleaseRun,
  place: FailurePlace,
  isUnsure: boolean,
): SquizzleError {
  const finished = finishedReleases(run);
  const state = describeState(run, place, isUnsure);
  const message = [
    cause.message,
    ...(finished.length === 0 ? [] : [describeFinished(run, finished)]),
    state,
    nextRun(run, place),
  ].join('\n');
  const progress = { finished, state };
  return cause.code === 'CANCELLED'
    ? new SquizzleError('CANCELLED', message, { ...cause.details, ...progress }, { cause })
    : new SquizzleError('CONNECTION_LOST', message, { ...cause.details, ...progress }, { cause });
}

function describeState(run: ReleaseRun, { index, isSegmented }: FailurePlace, isUnsure: boolean): string {
  const { version, segments } = run.release;
  if (!isSegmented) {
    return isUnsure ? `whether ${version} was committed cannot be told from here` : nothingKept(run);
  }
  const segment = segments[index];
  if (segment?.kind !== 'statement') return isUnsure ? segmentsKeptAtLeast(run, index) : segmentsKept(run, index);
  const what = `${segmentsKept(run, index)}; ${nameSegment(run, index)} runs outside any transaction`;
  return isUnknowable(segment.effect)
    ? `${what}: when it was begun and not ended, nobody can see from outside what became of it`
    : `${what}: the journal and the catalog tell the next run what became of it`;
}

function nextRun(run: ReleaseRun, { index, isSegmented }: FailurePlace): string {
  const segment = isSegmented ? run.release.segments[index] : undefined;
  const reads = `run ${again(run)} again: it reads in the ledger what was kept, and goes on from there`;
  if (segment?.kind !== 'statement' || !isUnknowable(segment.effect)) return `${reads} by itself`;
  return `${reads}; where that statement was begun, it asks for a decision ('--interrupted run-again' or '--interrupted skip')`;
}

function describeFinished({ context }: ReleaseRun, finished: readonly string[]): string {
  const what = context.plan.direction === 'up' ? 'applied' : 'reverted';
  const [first, last] = [finished[0] ?? '', finished.at(-1) ?? ''];
  const which = finished.length < 4 ? finished.join(', ') : `${first} to ${last} (${finished.length} releases)`;
  return `this run had ${what} ${which} before, and that stands`;
}
