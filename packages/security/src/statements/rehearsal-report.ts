/**
 * That a release was tried out: from where, on which server, to which schema, and whether the way back is sound.
 *
 * @module
 */
import { isSound, type Rehearsal } from '@squizzle/core';
import { requireOrder, requireText, requireTime } from './predicate-input.ts';
import type { Predicate } from './statement.ts';

export interface RehearsalReportInput {
  readonly rehearsal: Omit<Rehearsal, 'statements'>;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

/**
 * `sound: true` is what a policy asks for: `where: {sound: true, to: "$version"}`.
 *
 * @throws {RangeError} for an empty text, what is no time, or an end before the beginning.
 */
export function rehearsalReport({ rehearsal, startedAt, finishedAt }: RehearsalReportInput): Predicate {
  const { from, to, server, schemaDigest, rollback, again } = rehearsal;
  const start = requireTime('startedAt', startedAt);
  const end = requireTime('finishedAt', finishedAt);
  requireOrder(['startedAt', start], ['finishedAt', end]);
  return {
    from,
    to,
    server: requireText('server', server),
    schemaDigest,
    sound: isSound({ ...rehearsal, statements: [] }),
    // `null`: it was not rolled back
    rollback: { missing: rollback.missing, differences: rollback.differences?.length ?? null },
    again: { differences: again?.length ?? null },
    startedAt: start,
    finishedAt: end,
  };
}
