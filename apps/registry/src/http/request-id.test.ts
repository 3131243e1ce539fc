import { expect, it } from 'vitest';
import { createRequestIds } from './request-id.ts';

it.each([
  { given: 'a', why: 'one character' },
  { given: '3f2b8c1e-0000-4000-8000-0123456789ab', why: 'a UUID' },
  { given: 'A.b_c-9'.padEnd(64, 'x'), why: 'the longest' },
])('keeps $given: $why', ({ given }) => {
  expect(createRequestIds()(given)).toBe(given);
});

it.each([
  { given: undefined, why: 'none given' },
  { given: '', why: 'empty' },
  { given: 'x'.repeat(65), why: 'one too long' },
  { given: 'a b', why: 'a space' },
  { given: 'a\nlevel=error', why: 'it could forge a line of a log' },
  { given: '<script>', why: 'it could be shown somewhere' },
  { given: ['a', 'b'], why: 'two' },
])('makes its own for $given: $why', ({ given }) => {
  expect(createRequestIds()(given)).toMatch(/^[0-9a-f]{12}-1$/);
});

it('gives no two requests the same, nor two servers', () => {
  const [one, other] = [createRequestIds(), createRequestIds()];
  const ids = Array.from({ length: 1_000 }, () => [one(undefined), other(undefined)]).flat();
  expect(new Set(ids).size).toBe(2_000);
});
