/**
 * Whether a transaction fits the server's lock table: a release that fills it fails half way, and while it does, so do
 * the statements of everybody else on the server.
 *
 * A transaction may take as many as the server promises for all. The table was measured to hold four tenths more, which
 * is what is left for others and for what the estimate could not know.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION
 * @module
 */
import type { ServerFacts } from '../contracts/database-driver.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { isDone } from '../model/history.ts';
import type { PlannedRelease, PlanSegment, ScriptPart } from '../model/plan.ts';

/** @throws {SquizzleError} `REQUIREMENT_UNMET` with both figures and what to do. */
export function checkLockTable(releases: readonly PlannedRelease[], { lockTableSize }: ServerFacts): void {
  for (const release of releases) {
    const segment = segmentsToRun(release).find((each) => locksOf(each) > lockTableSize);
    if (segment?.kind === 'transaction') throw tooManyLocks(release, segment.parts, lockTableSize);
  }
}

function segmentsToRun({ segments, resume }: PlannedRelease): readonly PlanSegment[] {
  const done = new Set(resume?.journal.filter(isDone).map(({ segment }) => segment));
  return segments.filter((_, index) => !done.has(index));
}

/** A statement alone holds few locks at a time. */
function locksOf(segment: PlanSegment): number {
  return segment.kind === 'statement' ? 0 : segment.parts.reduce((sum, { locks }) => sum + locks, 0);
}

function tooManyLocks(
  release: PlannedRelease,
  parts: readonly ScriptPart[],
  size: number,
): SquizzleError<'REQUIREMENT_UNMET'> {
  const needed = parts.reduce((sum, { locks }) => sum + locks, 0);
  const large = parts.find(({ locks }) => locks > size);
  const who = large === undefined ? `a transaction of ${release.version}` : `${large.path} of ${release.version} alone`;
  const requirement = `${who} needs about ${large?.locks ?? needed} locks`;
  const found = `the server's lock table is made for ${size}, of all sessions together`;
  const message = `${requirement}; ${found}. Nothing was run: ${remedy(release, large, needed / size)}`;
  return new SquizzleError('REQUIREMENT_UNMET', message, { requirement, found });
}

/** A run that was begun goes on with the transactions it was begun with. */
function remedy({ transaction, resume }: PlannedRelease, large: ScriptPart | undefined, factor: number): string {
  const times = Math.ceil(factor * 10) / 10;
  const raise = `raise max_locks_per_transaction to ${times} times what it is and restart the server`;
  if (large !== undefined) return `split the file into several of fewer objects, or ${raise}`;
  const canStep = transaction === 'release' && resume === null;
  return canStep ? `let each file commit by itself ('--transaction step', or 'transaction: step'), or ${raise}` : raise;
}
