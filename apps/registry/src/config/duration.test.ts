import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

it.each([
  { text: '250ms', ms: 250, why: 'milliseconds' },
  { text: '30s', ms: 30_000, why: 'seconds' },
  { text: '1.5s', ms: 1_500, why: 'parts of them' },
  { text: '5m', ms: 300_000, why: 'minutes' },
  { text: '1h', ms: 3_600_000, why: 'hours' },
  { text: '24d', ms: 2_073_600_000, why: 'days' },
  { text: '0', ms: 0, why: 'nothing needs no unit' },
  { text: '25d', ms: undefined, why: 'a timer holds no more than 24 days' },
  { text: '30', ms: undefined, why: 'thirty of what' },
  { text: '-1s', ms: undefined, why: 'time runs forward' },
  { text: '1e3s', ms: undefined, why: 'no such notation' },
  { text: '5 m', ms: undefined, why: 'one word' },
  { text: '1h30m', ms: undefined, why: 'one unit: 90m' },
  { text: '5M', ms: undefined, why: 'M is mega' },
  { text: 's', ms: undefined, why: 'no number' },
  { text: '', ms: undefined, why: 'nothing' },
])('$text is $ms: $why', ({ text, ms }) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each([
  { ms: 0, text: '0' },
  { ms: 250, text: '250ms' },
  { ms: 1_500, text: '1500ms' },
  { ms: 90_000, text: '90s' },
  { ms: 3_600_000, text: '1h' },
  { ms: 172_800_000, text: '2d' },
])('$ms is written $text, and read back', ({ ms, text }) => {
  expect(formatDuration(ms)).toBe(text);
  expect(parseDuration(text)).toBe(ms);
});
