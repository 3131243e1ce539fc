import { expect, it } from 'vitest';
import { findNearest } from './nearest.ts';

it.each([
  { word: 'prodution', found: 'production', why: 'a letter is missing' },
  { word: 'PRODUCTION', found: 'production', why: 'case is no difference' },
  { word: 'stgaing', found: 'staging', why: 'letters are swapped' },
  { word: 'qa', found: undefined, why: 'nothing is near' },
  { word: '', found: undefined, why: 'nothing to go by' },
])("'$word' is near $found: $why", ({ word, found }) => {
  expect(findNearest(word, ['development', 'staging', 'production'])).toBe(found);
});

it('finds nothing among nothing', () => {
  expect(findNearest('x', [])).toBeUndefined();
});
