import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRange } from './range.ts';

const ETAG = '"sha256:abc"';
const whole = { type: 'whole' };
const unsatisfiable = { type: 'unsatisfiable' };
const part = (start: number, end: number): object => ({ type: 'part', start, end });

it.each([
  { header: undefined, size: 10, expected: whole, why: 'nothing was asked' },
  { header: 'bytes=0-0', size: 10, expected: part(0, 1), why: 'the first byte' },
  { header: 'bytes=9-9', size: 10, expected: part(9, 10), why: 'the last byte' },
  { header: 'bytes=2-5', size: 10, expected: part(2, 6), why: 'both ends belong to it' },
  { header: 'bytes=2-', size: 10, expected: part(2, 10), why: 'to the end' },
  { header: 'bytes=0-', size: 10, expected: part(0, 10), why: 'all of it, as a part' },
  { header: 'bytes=-3', size: 10, expected: part(7, 10), why: 'the last three' },
  { header: 'bytes=-10', size: 10, expected: part(0, 10), why: 'exactly all' },
  { header: 'bytes=-11', size: 10, expected: part(0, 10), why: 'clipped at the start' },
  { header: 'bytes=8-10', size: 10, expected: part(8, 10), why: 'clipped at the end' },
  { header: `bytes=0-${'9'.repeat(400)}`, size: 10, expected: part(0, 10), why: 'clipped, however large' },
  { header: 'Bytes= 2-5 ', size: 10, expected: part(2, 6), why: 'units in any case, with white space' },
  { header: 'bytes=10-', size: 10, expected: unsatisfiable, why: 'begins where the blob ends' },
  { header: 'bytes=10-12', size: 10, expected: unsatisfiable, why: 'behind the end' },
  { header: `bytes=${'9'.repeat(400)}-`, size: 10, expected: unsatisfiable, why: 'far behind the end' },
  { header: 'bytes=5-2', size: 10, expected: unsatisfiable, why: 'reversed' },
  { header: 'bytes=-0', size: 10, expected: unsatisfiable, why: 'the last none' },
  { header: 'bytes=0-', size: 0, expected: unsatisfiable, why: 'an empty blob has no byte' },
  { header: 'bytes=-5', size: 0, expected: unsatisfiable, why: 'nor has it a last one' },
  { header: 'bytes=0-1,4-5', size: 10, expected: whole, why: 'several ranges are ignored' },
  { header: 'bytes=-', size: 10, expected: whole, why: 'neither end' },
  { header: 'bytes=a-b', size: 10, expected: whole, why: 'no numbers' },
  { header: 'bytes=+1-2', size: 10, expected: whole, why: 'no sign' },
  { header: 'bytes 1-2', size: 10, expected: whole, why: 'no equals sign' },
  { header: 'items=1-2', size: 10, expected: whole, why: 'another unit' },
  { header: '', size: 10, expected: whole, why: 'empty' },
])('$header of $size bytes: $why', ({ header, size, expected }) => {
  expect(parseRange(header, undefined, ETAG, size)).toEqual(expected);
});

it.each([
  { ifRange: ETAG, expected: part(2, 6), why: 'still the same content' },
  { ifRange: '"sha256:other"', expected: whole, why: 'other content' },
  { ifRange: `W/${ETAG}`, expected: whole, why: 'a weak tag proves nothing about bytes' },
  { ifRange: 'Sat, 21 Nov 2026 07:27:54 GMT', expected: whole, why: 'blobs have no date' },
])('If-Range $ifRange: $why', ({ ifRange, expected }) => {
  expect(parseRange('bytes=2-5', ifRange, ETAG, 10)).toEqual(expected);
});

it('gives at least one byte, all of them inside the blob', () => {
  const end = fc.option(fc.nat(30), { nil: '' });
  fc.assert(
    fc.property(end, end, fc.nat(20), (first, last, size) => {
      const range = parseRange(`bytes=${first}-${last}`, undefined, ETAG, size);
      if (range.type !== 'part') return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeGreaterThan(range.start);
      expect(range.end).toBeLessThanOrEqual(size);
    }),
  );
});
