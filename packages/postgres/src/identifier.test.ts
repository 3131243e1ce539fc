import { expect, it } from 'vitest';
import { quoteIdentifier, quoteLiteral } from './identifier.ts';

it.each([
  { name: 'users', quoted: '"users"', why: 'always quoted' },
  { name: 'Odd "Name"; DROP', quoted: '"Odd ""Name""; DROP"', why: 'quotes are doubled' },
])('quotes the identifier $name: $why', ({ name, quoted }) => {
  expect(quoteIdentifier(name)).toBe(quoted);
});

it.each([
  { text: "it's", quoted: "'it''s'", why: 'quotes are doubled' },
  { text: 'a\\b', quoted: " E'a\\\\b'", why: 'a backslash means the same under any setting' },
])('quotes the literal $text: $why', ({ text, quoted }) => {
  expect(quoteLiteral(text)).toBe(quoted);
});
