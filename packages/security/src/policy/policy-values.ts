/**
 * Dates, spans and names as policies write them.
 *
 * @module
 */
import { DAY_MS, parseDay, parseTime } from '../statements/time.ts';

export const DATE_EXPECTED = 'a day as 2027-06-30, or a time as 2027-06-30T12:00:00Z (RFC 3339)';

/** A day stands for its first moment in UTC where something begins, for its last where something ends: days are included. */
export function parsePolicyDate(text: string, edge: 'start' | 'end'): Date | undefined {
  const day = parseDay(text);
  if (day === undefined) return parseTime(text);
  return edge === 'start' ? day : new Date(day.getTime() + DAY_MS - 1);
}

export const SPAN_EXPECTED = 'a span with its unit, as 90min, 12h, 7d or 4w';

const UNIT_MS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** Milliseconds; `0d` is no span. */
export function parseSpan(text: string): number | undefined {
  const [, amount, unit] = /^([1-9]\d{0,5})(min|h|d|w)$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  return unitMs === undefined ? undefined : Number(amount) * unitMs;
}

/** `7 days`, `12 hours`: for people. */
export function formatSpan(ms: number): string {
  const [amount, unit] =
    ms % DAY_MS === 0
      ? [ms / DAY_MS, 'day']
      : ms % 3_600_000 === 0
        ? [ms / 3_600_000, 'hour']
        : [ms / 60_000, 'minute'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

/** As `squizzle.yaml` names environments, with `*` beside. */
export const ENVIRONMENT_PATTERN = /^[A-Za-z0-9._*-]{1,128}$/;

/** Of roots and principals: they stand in messages, in the ledger and in lists. */
export const POLICY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
