import { describe, expect, it } from 'vitest';
import { isWithinBounds } from './json-bounds.ts';

const isWithin = (text: string, depth: number, values: number): boolean =>
  isWithinBounds(new TextEncoder().encode(text), { depth, values });

describe('isWithinBounds', () => {
  it.each([
    { text: '{"tags":["a","b"]}', depth: 2, values: 4, why: 'a list of tags' },
    { text: '[[1],[2]]', depth: 2, values: 5, why: 'closed is not deep' },
    { text: '["[[[[,,,"]', depth: 1, values: 2, why: 'brackets in a text' },
    { text: String.raw`["\"[[[[\\"]`, depth: 1, values: 2, why: 'quotes in a text' },
    { text: '1', depth: 0, values: 1, why: 'one value' },
  ])('measures $text: $why', ({ text, depth, values }) => {
    expect(isWithin(text, depth, values)).toBe(true);
    expect(isWithin(text, depth - 1, values)).toBe(depth === 0);
    expect(isWithin(text, depth, values - 1)).toBe(values === 1);
  });

  it.each([{ text: '"open' }, { text: '"open\\' }, { text: ']]]' }, { text: '' }])('ends for $text', ({ text }) => {
    expect(isWithin(text, 1, 1)).toBe(true);
  });
});
