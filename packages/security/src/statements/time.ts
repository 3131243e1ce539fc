/**
 * Times as RFC 3339 writes them. `Date.parse` takes much more, and reads some of it in the machine's own zone.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 * @module
 */
const DATE = String.raw`(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const CLOCK = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?`;
const TIME = new RegExp(`^${DATE}T${CLOCK}(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$`);
const DAY = new RegExp(`^${DATE}$`);

/** A day of UTC: it knows no summer time. */
export const DAY_MS = 86_400_000;

/** The moment, or `undefined`. Leap seconds are refused: no clock here knows them. */
export function parseTime(text: string): Date | undefined {
  return TIME.test(text) && parseDay(text.slice(0, 10)) !== undefined ? new Date(text) : undefined;
}

/** The beginning of a day in UTC, `2027-06-30`, or `undefined`: also for the 30th of February. */
export function parseDay(text: string): Date | undefined {
  if (!DAY.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00.000Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? day : undefined;
}
