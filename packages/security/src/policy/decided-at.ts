/**
 * When a party decided, in its own, signed words: `decidedAt` of an approval.
 *
 * A time ahead would outdo every later decision, so it counts for nothing.
 *
 * @module
 */
import { parseTime } from '../statements/time.ts';
import { showValue } from './foreign-text.ts';
import { valueAt } from './where-value.ts';

/** The approver's clock and ours may differ by so much. */
const CLOCK_SKEW_MS = 5 * 60_000;

export function decidedAt(predicate: unknown): Date | undefined {
  const stated = valueAt(predicate, 'decidedAt');
  return typeof stated === 'string' ? parseTime(stated) : undefined;
}

/** Why a decision does not count, by the time that it states; one that states none may. */
export function findDecidedAtFault(predicate: unknown, now: Date): string | undefined {
  const stated = valueAt(predicate, 'decidedAt');
  if (stated === undefined) return undefined;
  const decided = decidedAt(predicate);
  if (decided === undefined) return `its 'decidedAt' is ${showValue(stated)}, not a time of RFC 3339`;
  if (decided.getTime() <= now.getTime() + CLOCK_SKEW_MS) return undefined;
  return `its 'decidedAt' is ${decided.toISOString()}, which lies ahead`;
}
