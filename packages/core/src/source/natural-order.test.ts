import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNatural } from './natural-order.ts';

const sign = (order: number): number => Math.sign(order);

describe('compareNatural', () => {
  it.each([
    { before: '2_b', after: '10_a', why: 'numbers count by value' },
    { before: '0002_b', after: '10_a', why: 'whatever zeros stand before them' },
    { before: 'V1.9', after: 'V1.10', why: 'inside a name too' },
    { before: '99999999999999999998', after: '99999999999999999999', why: 'beyond what a double can tell apart' },
    { before: '01', after: '1', why: 'one number, two texts: the text decides' },
    { before: '01_b', after: '1_a', why: 'no: what follows the number comes first', swapped: true },
    { before: 'A', after: 'a', why: 'code points, not a language' },
    { before: 'Z', after: 'ä', why: 'code points, not a language' },
    { before: '\uffee', after: '😀', why: 'code points, not UTF-16 units' },
    { before: '1', after: 'a', why: 'digits before letters' },
    { before: 'a', after: 'a1', why: 'the shorter first' },
    { before: 'a/z', after: 'b/a', why: 'folders by their names' },
    { before: '2/z', after: '10/a', why: 'and numbers in them' },
    { before: 'a/b', after: 'a.sql', why: 'a folder is not a beginning of a name' },
  ])('$before before $after: $why', ({ before, after, swapped = false }) => {
    expect(sign(compareNatural(before, after))).toBe(swapped ? 1 : -1);
    expect(sign(compareNatural(after, before))).toBe(swapped ? -1 : 1);
  });

  const piece = fc.constantFrom('0', '1', '9', '00', '10', 'a', 'A', '_', '.', '-', '/', ' ', 'ä', '\uffee', '😀', '٣');
  const name = fc.oneof(
    fc.array(piece, { maxLength: 7 }).map((each) => each.join('')),
    fc.string({ unit: 'grapheme' }),
  );

  it('is a total order: equal only to itself, either way the opposite, and transitive', () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(compareNatural(a, b) === 0).toBe(a === b);
        expect(sign(compareNatural(a, b)) + sign(compareNatural(b, a))).toBe(0);
        const [low, middle, high] = [a, b, c].sort(compareNatural) as [string, string, string];
        expect(compareNatural(low, middle)).toBeLessThanOrEqual(0);
        expect(compareNatural(middle, high)).toBeLessThanOrEqual(0);
        expect(compareNatural(low, high)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('sorts numbered names by number', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 30n })), (numbers) => {
        const names = numbers.map((each) => `${each}_x.sql`).sort(compareNatural);
        const sorted = numbers.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map((each) => `${each}_x.sql`);
        expect(names).toEqual(sorted);
      }),
    );
  });
});
