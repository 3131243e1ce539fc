import { expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from './byte-size.ts';

it.each([
  { text: '0B', bytes: 0, why: 'none' },
  { text: '512B', bytes: 512, why: 'bytes' },
  { text: '4MiB', bytes: 4_194_304, why: 'powers of 1024' },
  { text: '10GB', bytes: 10_000_000_000, why: 'powers of 1000' },
  { text: '1.5GiB', bytes: 1_610_612_736, why: 'parts of them' },
  { text: '1.1GB', bytes: 1_100_000_000, why: 'also where binary fractions are not exact' },
  { text: '10gb', bytes: 10_000_000_000, why: 'case says nothing: nobody means bits' },
  { text: '2TiB', bytes: 2_199_023_255_552, why: 'large disks' },
  { text: '10', bytes: undefined, why: 'ten of what' },
  { text: '10G', bytes: undefined, why: 'GB or GiB' },
  { text: '1iB', bytes: undefined, why: 'no such unit' },
  { text: '0.5B', bytes: undefined, why: 'half a byte' },
  { text: '9999999TB', bytes: undefined, why: 'more than a number holds exactly' },
  { text: '-1GB', bytes: undefined, why: 'less than nothing' },
  { text: '10 GB', bytes: undefined, why: 'one word' },
  { text: 'GB', bytes: undefined, why: 'no number' },
  { text: '', bytes: undefined, why: 'nothing' },
])('$text is $bytes: $why', ({ text, bytes }) => {
  expect(parseByteSize(text)).toBe(bytes);
});

it.each([
  { bytes: 0, text: '0B' },
  { bytes: 4_194_304, text: '4MiB' },
  { bytes: 10_000_000_000, text: '10GB' },
  { bytes: 1_025, text: '1025B' },
])('$bytes is written $text, and read back', ({ bytes, text }) => {
  expect(formatByteSize(bytes)).toBe(text);
  expect(parseByteSize(text)).toBe(bytes);
});
