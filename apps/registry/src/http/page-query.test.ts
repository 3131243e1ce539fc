import { expect, it } from 'vitest';
import { readPage } from './page-query.ts';

it.each([
  { query: '', expected: {}, why: 'nothing asked' },
  { query: 'n=0', expected: { limit: 0 }, why: 'none at all' },
  { query: 'n=1', expected: { limit: 1 }, why: 'one' },
  { query: 'n=1000', expected: { limit: 1000 }, why: 'the most' },
  { query: 'n=1001', expected: { limit: 1000 }, why: 'one more than the most' },
  { query: `n=${'9'.repeat(1000)}`, expected: { limit: 1000 }, why: 'more than a number can hold' },
  { query: 'n=007', expected: { limit: 7 }, why: 'zeros in front' },
  { query: 'last=v1', expected: { after: 'v1' }, why: 'from there on' },
  { query: 'last=', expected: {}, why: 'from the beginning' },
  { query: 'n=2&last=..%2F..', expected: { limit: 2, after: '../..' }, why: 'a place in a list, not a path' },
  { query: 'n=2&n=3', expected: { limit: 2 }, why: 'the first one counts' },
])('"$query": $why', ({ query, expected }) => {
  expect(readPage(new URLSearchParams(query))).toEqual(expected);
});

it.each(['n=', 'n=-1', 'n=1.5', 'n=1e3', 'n=0x10', 'n=ten', 'n=+1', 'n=%201', 'n=%D9%A1', 'n=1%00'])(
  'refuses %s',
  (query) => {
    expect(() => readPage(new URLSearchParams(query))).toThrow(expect.objectContaining({ kind: 'REQUEST_INVALID' }));
  },
);
