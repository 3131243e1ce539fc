import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sortObjects } from './sort-objects.ts';

const toObject = (kind: string, name: string) => ({ kind, name, definition: {} });

it.each([
  { names: ['b', 'a', 'B', '_'], sorted: ['B', '_', 'a', 'b'], why: 'by code, not by a language' },
  { names: ['é', 'z'], sorted: ['z', 'é'], why: 'what is not ASCII comes after it' },
  { names: ['\u{1f600}', '\uffff'], sorted: ['\uffff', '\u{1f600}'], why: 'UTF-16 would put the emoji first' },
])('sorts names $why', ({ names, sorted }) => {
  const objects = names.map((name) => toObject('table', name));
  expect(sortObjects(objects).map(({ name }) => name)).toEqual(sorted);
});

it('sorts by kind first, though a name may begin with less than any kind ends with', () => {
  const objects = [toObject('type', '\u0001'), toObject('table', 'b'), toObject('table', 'a')];
  expect(sortObjects(objects).map(({ kind, name }) => kind + name)).toEqual(['tablea', 'tableb', 'type\u0001']);
});

it('gives the order of the bytes, whatever the names are', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('table', 'column'), fc.string({ unit: 'grapheme' }))), (keys) => {
      const sorted = sortObjects(keys.map(([kind, name]) => toObject(kind, name)));
      const bytes = sorted.map(({ kind, name }) => Buffer.from(`${kind}\0${name}`));
      expect(bytes).toEqual([...bytes].sort((a, b) => Buffer.compare(a, b)));
    }),
    { numRuns: 50 },
  );
});
