import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FORMAT_LIMITS } from './limits.ts';
import { collisionKey, stepPathFault } from './step-path.ts';

describe('stepPathFault', () => {
  it.each([
    { path: 'migrations/0001_users.sql', why: 'the plain form' },
    { path: 'a', why: 'one letter' },
    { path: 'a/..b/c..', why: 'dots that are part of a name' },
    { path: 'größe/😀 x.sql', why: 'letters of every length, blanks' },
    { path: 'ab:c', why: 'a colon that names no drive' },
    { path: 'x'.repeat(FORMAT_LIMITS.pathBytes), why: 'the longest' },
  ])('takes $why', ({ path }) => expect(stepPathFault(path)).toBeUndefined());

  it.each([
    { path: '', fault: 'relative', why: 'nothing' },
    { path: '/a', fault: 'relative', why: 'an absolute path' },
    { path: 'C:/a', fault: 'drive', why: 'a drive' },
    { path: 'c:a', fault: 'drive', why: 'a drive without a slash' },
    { path: 'a\\b', fault: 'backslash', why: 'a backslash, which separates on Windows' },
    { path: 'a\u0000', fault: 'control', why: 'NUL' },
    { path: 'a\nb', fault: 'control', why: 'a line break' },
    { path: 'a\u007f', fault: 'control', why: 'DEL' },
    { path: '..', fault: "'..'", why: 'the folder above' },
    { path: 'a/../b', fault: "'..'", why: 'a way up in the middle' },
    { path: 'a/..', fault: "'..'", why: 'a way up at the end' },
    { path: './a', fault: "'..'", why: 'a dot' },
    { path: 'a//b', fault: 'empty', why: 'an empty part' },
    { path: 'a/', fault: 'empty', why: 'a slash at the end' },
    { path: 'e\u0301.sql', fault: 'normal form', why: 'a letter in two parts' },
    { path: 'x'.repeat(FORMAT_LIMITS.pathBytes + 1), fault: 'longer', why: 'one byte too many' },
    { path: 'é'.repeat(FORMAT_LIMITS.pathBytes / 2 + 1), fault: 'longer', why: 'bytes, not letters, are counted' },
  ])('refuses $why', ({ path, fault }) => expect(stepPathFault(path)).toContain(fault));

  it('takes nothing that leads out of the folder', () => {
    const parts = fc.array(fc.constantFrom('..', '.', '', 'a', 'b.sql', '...'), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, (each) => {
        const path = each.join('/');
        if (stepPathFault(path) !== undefined) return;
        const { pathname } = new URL(path, 'file:///root/folder/');
        expect(pathname).toBe(`/root/folder/${path}`);
      }),
    );
  });
});

describe('collisionKey', () => {
  it.each([
    { a: 'A.sql', b: 'a.sql', why: 'case' },
    { a: 'É.sql', b: 'e\u0301.sql', why: 'case and Unicode form' },
  ])('is one for names that differ in $why', ({ a, b }) => expect(collisionKey(a)).toBe(collisionKey(b)));

  it('is two for other names', () => expect(collisionKey('a.sql')).not.toBe(collisionKey('b.sql')));
});
