/**
 * What a release that did not reach its end leaves in the database, in words.
 *
 * @module
 */
import type { Version } from '../../model/version.ts';
import { isUnknowable } from './effect-knowledge.ts';
import type { ReleaseRun } from './release-run.ts';
import { partsOf, positionOf } from './script-text.ts';

/** Where in a release a run is. */
export interface FailurePlace {
  /** The segment's index; those before it are done. */
  readonly index: number;
  /** Segments are journaled, so that what is done stays. */
  readonly isSegmented: boolean;
  /** What the database holds when this segment fails. */
  readonly state: string;
}

/** Of a release that runs in one transaction, or of which nothing has run yet. */
export function nothingKept(run: ReleaseRun): string {
  return `nothing of ${run.release.version} was kept; the database is ${where(run)}`;
}

export function unknownKept({ release }: ReleaseRun): string {
  return `what of ${release.version} was kept is not known, and the ledger does not say: look at the database before anything runs again`;
}

function where({ context: { plan }, release }: ReleaseRun): string {
  const before =
    plan.direction === 'down' ? release.version : (finishedBefore(plan.releases, release).at(-1) ?? plan.from);
  return before === null ? 'empty, as before the first release' : `at ${before}`;
}

/** Releases that this run was done with before it came to this one. */
export function finishedReleases({ context, release }: ReleaseRun): readonly Version[] {
  return finishedBefore(context.plan.releases, release);
}

function finishedBefore(
  releases: readonly { readonly version: Version }[],
  release: { readonly version: Version },
): readonly Version[] {
  const index = releases.findIndex(({ version }) => version === release.version);
  return releases.slice(0, Math.max(0, index)).map(({ version }) => version);
}

/** @param done segments that are journaled as done. */
export function segmentsKept({ release }: ReleaseRun, done: number): string {
  const count = `${done} of its ${release.segments.length} segments are kept and journaled`;
  return `${release.version} is unfinished: ${done === 0 ? 'nothing of it was kept' : count}`;
}

/** The same where one more may have been committed. */
export function segmentsKeptAtLeast(run: ReleaseRun, done: number): string {
  const { version, segments } = run.release;
  const kept = done === 0 ? '' : `at least ${done} of its ${segments.length} segments are kept and journaled; `;
  return `${version}: ${kept}whether ${nameSegment(run, done)} was committed${done === 0 ? '' : ' as well'} cannot be told from here`;
}

/**
 * The same after a fault that somebody must mend.
 *
 * @param progress how far a statement alone came: it was not begun, it ran and stands, or (`unclear`) it failed, or
 *   something around it.
 */
export function segmentsFailed(run: ReleaseRun, done: number, progress: 'not-begun' | 'ran' | 'unclear'): string {
  const kept = segmentsKept(run, done);
  const segment = run.release.segments[done];
  if (segment?.kind !== 'statement')
    return `${kept}; when the cause is mended, run ${again(run)} again: it goes on from here`;
  if (progress === 'ran') {
    return `${kept}. The statement itself ran and stands: run ${again(run)} again, and nothing but what must be true after it is asked (${SKIP})`;
  }
  if (progress === 'unclear' && isUnknowable(segment.effect)) {
    return (
      `${kept}. Of a statement like this nobody can see from outside how far it came: look, mend the cause, then run ` +
      `${again(run)} again with '--interrupted run-again', or with '--interrupted skip' when what it was to do is done`
    );
  }
  const index = segment.effect.kind === 'create-index' ? '; an invalid index that was left is built anew then' : '';
  return `${kept}; when the cause is mended, run ${again(run)} again: it goes on from here${index} (${SKIP})`;
}

const SKIP = "'--interrupted skip' takes the statement as done, and the ledger says so";

export const again = ({ context }: ReleaseRun): string => (context.plan.direction === 'up' ? 'apply' : 'rollback');

/** `segment 2 of 3 (migrations/1.sql:7)`. */
export function nameSegment({ release, context }: ReleaseRun, index: number): string {
  const segment = release.segments[index];
  const [part] = segment === undefined ? [] : partsOf(segment);
  const place = part === undefined ? '' : ` (${part.path}:${positionOf(part, context.files, 0).line})`;
  return `segment ${index + 1} of ${release.segments.length}${place}`;
}
