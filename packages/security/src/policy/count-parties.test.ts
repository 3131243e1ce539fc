import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countParties, type Voucher } from './count-parties.ts';

/** All ways, tried: the most pairs of different principals and different parties. */
function mostPairs(
  vouchers: readonly Voucher[],
  names: ReadonlySet<string> = new Set(),
  parties: ReadonlySet<string> = new Set(),
): number {
  const next = vouchers
    .filter(({ party }) => !parties.has(party))
    .flatMap(({ principals, party }) =>
      principals
        .filter((name) => !names.has(name))
        .map((name) => 1 + mostPairs(vouchers, new Set([...names, name]), new Set([...parties, party]))),
    );
  return Math.max(0, ...next);
}

describe('countParties', () => {
  it.each([
    { vouchers: [], count: 0, why: 'nobody' },
    {
      vouchers: [
        ['a', '1'],
        ['a', '2'],
      ],
      count: 1,
      why: 'two parties of one name',
    },
    {
      vouchers: [
        ['a', '1'],
        ['b', '1'],
      ],
      count: 1,
      why: 'one party of two names',
    },
    {
      vouchers: [
        ['ab', '1'],
        ['a', '2'],
      ],
      count: 2,
      why: 'the first makes room for the second',
    },
    {
      vouchers: [
        ['a', '1'],
        ['a', '2'],
        ['bc', '3'],
      ],
      count: 2,
      why: 'three parties and three names, of which two compete',
    },
  ])('$count: $why', ({ vouchers, count }) => {
    const given = vouchers.map(([principals = '', party = '']) => ({ principals: principals.split(''), party }));
    expect(countParties(given).size).toBe(count);
  });

  it('is as many as can be, and each is another party', () => {
    const voucher = fc.record({
      principals: fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }),
      party: fc.constantFrom('1', '2', '3', '4'),
    });
    fc.assert(
      fc.property(fc.array(voucher, { maxLength: 5 }), (vouchers) => {
        const paired = countParties(vouchers);
        expect(paired.size).toBe(mostPairs(vouchers));
        expect(new Set([...paired.values()].map(({ party }) => party)).size).toBe(paired.size);
        for (const [name, { principals }] of paired) expect(principals).toContain(name);
      }),
      { numRuns: 300 },
    );
  });
});
