import { describe, expect, it } from 'vitest';
import { quoteIdentifier, quoteQualifiedName } from './quote.ts';

describe('quoteIdentifier', () => {
  it.each([
    { name: 'users', quoted: '"users"', why: 'plain names are quoted too' },
    { name: 'Users', quoted: '"Users"', why: 'case is kept' },
    { name: 'a"b""', quoted: '"a""b"""""', why: 'every quote is doubled' },
    { name: "a\\b'; drop", quoted: '"a\\b\'; drop"', why: 'nothing else is special inside quotes' },
    { name: '名😀', quoted: '"名😀"', why: 'names may be any text' },
  ])('$name → $quoted: $why', ({ name, quoted }) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  it('joins the parts of a qualified name', () => {
    expect(quoteQualifiedName(['app', 'a.b'])).toBe('"app"."a.b"');
  });
});
