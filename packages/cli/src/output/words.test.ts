import { expect, it } from 'vitest';
import { formatBytes, parseBytes } from './words.ts';

it.each([
  { bytes: 0, text: '0 B' },
  { bytes: 999, text: '999 B' },
  { bytes: 1_000, text: '1.0 kB' },
  { bytes: 1_400_000, text: '1.4 MB' },
  { bytes: 2_500_000_000_000_000, text: '2500.0 TB' },
])('$bytes bytes are $text', ({ bytes, text }) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  { text: '500MB', bytes: 500_000_000, why: 'as formatBytes writes it' },
  { text: '1.5 kB', bytes: 1_500, why: 'with a blank and a part' },
  { text: '2GiB', bytes: 2_147_483_648, why: 'in powers of 1024' },
  { text: '12', bytes: 12, why: 'bytes' },
  { text: 'much', bytes: undefined, why: 'no number' },
  { text: '-1MB', bytes: undefined, why: 'less than nothing' },
  { text: '5XB', bytes: undefined, why: 'no such unit' },
])('"$text" is $bytes: $why', ({ text, bytes }) => {
  expect(parseBytes(text)).toBe(bytes);
});
