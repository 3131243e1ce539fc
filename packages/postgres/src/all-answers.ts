/**
 * Questions that are on their way at once, in one transaction.
 *
 * @module
 */
import { failedWith } from './connection/sql-connection.ts';

const IN_FAILED_TRANSACTION = '25P02';

/**
 * As `Promise.all`, but ends only when all have ended: nothing is then still to be sent, or answered, that would come after
 * the end of the transaction it was meant for. The failure is told that the others only follow from.
 */
export async function allAnswers<T extends readonly unknown[] | []>(
  answers: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const settled: readonly PromiseSettledResult<unknown>[] = await Promise.allSettled(answers);
  const failures = settled.filter((each) => each.status === 'rejected');
  if (failures.length === 0) return Promise.all(answers);
  throw (failures.find(({ reason }) => !failedWith(reason, IN_FAILED_TRANSACTION)) ?? failures[0])?.reason;
}
