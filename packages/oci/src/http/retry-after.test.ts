import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const NOW = Date.parse('2025-06-01T12:00:00Z');

describe('parseRetryAfter', () => {
  it.each([
    { value: '120', waitMs: 120_000, why: 'seconds' },
    { value: ' 0 ', waitMs: 0, why: 'at once, with white space' },
    { value: '1.5', waitMs: 1_500, why: 'a fraction, as some send it' },
    { value: 'Sun, 01 Jun 2025 12:00:30 GMT', waitMs: 30_000, why: 'a date' },
    { value: 'Sunday, 01-Jun-25 12:00:30 GMT', waitMs: 30_000, why: 'a date of RFC 850' },
    { value: 'Sun Jun  1 12:00:30 2025 GMT', waitMs: 30_000, why: 'a date of asctime' },
    { value: 'Sun, 01 Jun 2025 11:00:00 GMT', waitMs: 0, why: 'a date that has passed' },
    { value: '-5', waitMs: undefined, why: 'no such time' },
    { value: 'soon', waitMs: undefined, why: 'no time at all' },
    { value: '', waitMs: undefined, why: 'nothing' },
    { value: undefined, waitMs: undefined, why: 'no header' },
    { value: '99999999999999', waitMs: undefined, why: 'longer than any wait' },
  ])('reads "$value" as $waitMs: $why', ({ value, waitMs }) => {
    expect(parseRetryAfter(value, NOW)).toBe(waitMs);
  });
});
