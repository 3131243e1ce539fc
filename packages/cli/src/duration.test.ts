import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

it.each([
  { text: '250ms', ms: 250, why: 'milliseconds' },
  { text: '3s', ms: 3_000, why: 'seconds' },
  { text: '1.5s', ms: 1_500, why: 'parts of them' },
  { text: '5min', ms: 300_000, why: 'minutes as PostgreSQL writes them' },
  { text: ' 5 m ', ms: 300_000, why: 'minutes as others do' },
  { text: '2h', ms: 7_200_000, why: 'hours' },
  { text: '24d', ms: 2_073_600_000, why: 'days' },
  { text: '0', ms: 0, why: 'nothing needs no unit' },
  { text: '25d', ms: undefined, why: 'more than a setting holds' },
  { text: '3', ms: undefined, why: 'three of what' },
  { text: '-1s', ms: undefined, why: 'time runs forward' },
  { text: '1e3s', ms: undefined, why: 'no such notation' },
  { text: 's', ms: undefined, why: 'no number' },
  { text: '', ms: undefined, why: 'nothing' },
])('$text is $ms: $why', ({ text, ms }) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  { ms: 0.4, text: '0 ms' },
  { ms: 999, text: '999 ms' },
  { ms: 1_540, text: '1.5 s' },
  { ms: 60_000, text: '1 min' },
  { ms: 125_000, text: '2 min 5 s' },
])('$ms is shown as $text', ({ ms, text }) => {
  expect(formatDuration(ms)).toBe(text);
});
