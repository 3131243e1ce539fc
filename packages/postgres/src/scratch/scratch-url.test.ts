import { expect, it } from 'vitest';
import { withDatabase } from './scratch-url.ts';

it.each([
  { from: 'postgres://u:p%2Fw@h:5/shop', to: 'postgres://u:p%2Fw@h:5/x', why: 'a name is replaced' },
  { from: 'postgresql://h', to: 'postgresql://h/x', why: 'there was none' },
  { from: 'postgres://h/', to: 'postgres://h/x', why: 'an empty one' },
  { from: 'postgres://h/a%20b?sslmode=verify-full', to: 'postgres://h/x?sslmode=verify-full', why: 'options stay' },
  { from: 'postgres://u@h?host=/run/pg', to: 'postgres://u@h/x?host=/run/pg', why: 'a / of an option is no path' },
  { from: 'postgres:///shop?host=/run/pg', to: 'postgres:///x?host=/run/pg', why: 'a socket' },
])('$why: $from', ({ from, to }) => {
  expect(withDatabase(from, 'x')).toBe(to);
});
