/**
 * A rehearsal for people: whether the way back works, and what an application would have to wait for.
 *
 * @module
 */
import type { Rehearsal, StatementTrace } from '@squizzle/core';
import type { Paint } from './paint.ts';
import { countDifferences, differenceLines } from './schema-differences.ts';
import { plural } from './words.ts';

export function rehearsalLines(rehearsal: Rehearsal, where: string, paint: Paint): readonly string[] {
  const { from, to, server, statements } = rehearsal;
  return [
    `${paint.bold(to)} from ${from ?? 'an empty database'}, on ${where} (PostgreSQL ${server})`,
    ...rollbackLines(rehearsal, paint),
    '',
    ...lockLines(statements, paint),
  ];
}

function rollbackLines({ rollback, again }: Rehearsal, paint: Paint): readonly string[] {
  const { missing, differences } = rollback;
  if (missing !== null) return ['applied', `not rolled back: ${missing}`];
  const left = differences ?? [];
  const second = again ?? [];
  return [
    'applied',
    ...(left.length === 0
      ? ['rolled back: the schema is as it was before']
      : [
          paint.red(`rolled back: ${countDifferences(left)} from the schema before`),
          ...differenceLines(left, paint).map((line) => `  ${line}`),
        ]),
    ...(second.length === 0
      ? ['applied again: the schema is the same']
      : [
          paint.red(`applied again: ${countDifferences(second)} from the first time`),
          ...differenceLines(second, paint).map((line) => `  ${line}`),
        ]),
  ];
}

/** Readers wait for it, too. */
const BLOCKS_READERS = 'AccessExclusiveLock';

function lockLines(statements: readonly StatementTrace[], paint: Paint): readonly string[] {
  const locking = statements.filter(({ locks }) => locks.length > 0);
  const alone = statements.filter(({ transactional }) => !transactional);
  return [
    ...(locking.length === 0
      ? [`no statement of ${statements.length} locks anything that was there before`]
      : [`${plural(locking.length, 'statement')} of ${statements.length} lock what was there before:`]),
    ...locking.flatMap((trace) => [`  ${placeOf(trace)}  ${trace.statement}`, locksOf(trace, paint)].flat()),
    ...alone.map((trace) => `  ${placeOf(trace)}  ${trace.statement}  (outside any transaction: locks not seen)`),
  ];
}

function locksOf({ locks }: StatementTrace, paint: Paint): readonly string[] {
  return locks.map(({ target, mode }) => {
    const line = `      ${mode} ${target}`;
    return mode === BLOCKS_READERS ? paint.yellow(`${line}  (reads wait, too)`) : line;
  });
}

const placeOf = ({ path, line }: StatementTrace): string => `${path}:${line}`;
