/**
 * What predicates are made of, checked: texts that are not empty, times with their zone.
 *
 * @module
 */
import { parseTime } from './time.ts';

/** @throws {RangeError} for an empty or blank text. */
export function requireText(what: string, text: string): string {
  if (text.trim() === '') throw new RangeError(`${what} must not be empty`);
  return text;
}

/**
 * The time as RFC 3339 in UTC.
 *
 * @throws {RangeError} for what is no time of RFC 3339.
 */
export function requireTime(what: string, time: string): string {
  const parsed = parseTime(time);
  if (parsed === undefined)
    throw new RangeError(`${what} must be a time as 2027-06-30T00:00:00Z (RFC 3339), not '${time}'`);
  return toTime(parsed);
}

/** Whole seconds where there are no others. */
export function toTime(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

/** @throws {RangeError} when the second time lies before the first. */
export function requireOrder(
  first: readonly [what: string, time: string],
  second: readonly [what: string, time: string],
): void {
  if (Date.parse(second[1]) >= Date.parse(first[1])) return;
  throw new RangeError(`${second[0]} (${second[1]}) must not lie before ${first[0]} (${first[1]})`);
}
