/**
 * `Retry-After`: seconds, or a date.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 * @module
 */
/** Milliseconds from `nowMs`, never negative; `undefined` when the header says nothing that can be understood. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,10}(?:\.\d+)?$/.test(text)) return Number(text) * 1_000;
  // All dates of HTTP begin with the day's name; `Date.parse` would take much else.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
