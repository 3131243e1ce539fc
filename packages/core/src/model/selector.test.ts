import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSelector, type Selector } from './selector.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('parseSelector', () => {
  it.each<{ text: string; selector: unknown; why: string }>([
    { text: '1.2.0', selector: { kind: 'version', version: '1.2.0' }, why: 'a version' },
    { text: 'v1.2.0-rc.1+b', selector: { kind: 'version', version: '1.2.0-rc.1+b' }, why: 'with v, prerelease, build' },
    { text: '1', selector: { kind: 'moving', tag: 'v1' }, why: 'a major line' },
    { text: '1.2', selector: { kind: 'moving', tag: 'v1.2' }, why: 'a minor line' },
    { text: 'v0.1', selector: { kind: 'moving', tag: 'v0.1' }, why: 'a minor line with v' },
    { text: 'latest', selector: { kind: 'moving', tag: 'latest' }, why: 'the last release' },
    { text: '123456', selector: { kind: 'moving', tag: 'v123456' }, why: 'six digits are a line' },
    { text: '1234567', selector: { kind: 'commit', revision: '1234567' }, why: 'seven digits are a commit' },
    { text: 'DEADBEEF', selector: { kind: 'commit', revision: 'deadbeef' }, why: 'commits in small letters' },
    { text: 'a'.repeat(64), selector: { kind: 'commit', revision: 'a'.repeat(64) }, why: 'a commit of SHA-256' },
    { text: 'a'.repeat(65), selector: { kind: 'tag', tag: 'a'.repeat(65) }, why: 'too long for a commit' },
    { text: 'abcdef', selector: { kind: 'tag', tag: 'abcdef' }, why: 'too short for a commit' },
    { text: DIGEST, selector: { kind: 'digest', digest: DIGEST }, why: 'a digest' },
    { text: '^1.2', selector: { kind: 'range', range: '^1.2' }, why: 'a range' },
    { text: '1.x', selector: { kind: 'range', range: '1.x' }, why: 'a range by wildcard' },
    { text: '1.2.X', selector: { kind: 'range', range: '1.2.X' }, why: 'a capital wildcard' },
    { text: '*', selector: { kind: 'range', range: '*' }, why: 'any release' },
    { text: '>=1.0.0 <2.0.0-0', selector: { kind: 'range', range: '>=1.0.0 <2.0.0-0' }, why: 'bounds' },
    { text: '1.0.0 - 1.4', selector: { kind: 'range', range: '1.0.0 - 1.4' }, why: 'from and to' },
    { text: '1.2 || 2', selector: { kind: 'range', range: '1.2 || 2' }, why: 'alternatives' },
    { text: 'main', selector: { kind: 'tag', tag: 'main' }, why: 'any other tag' },
    { text: 'x', selector: { kind: 'tag', tag: 'x' }, why: 'a letter is a tag, though semver reads it as any version' },
    { text: '01.2', selector: { kind: 'tag', tag: '01.2' }, why: 'a leading zero is no line' },
  ])('$text: $why', ({ text, selector }) => expect(parseSelector(text)).toEqual(selector));

  it.each([
    { text: '', why: 'nothing' },
    { text: ' ', why: 'a blank, which semver reads as any version' },
    { text: '\t\n', why: 'blanks' },
    { text: '||', why: 'an alternative of nothing, which semver reads as any version' },
    { text: '>', why: 'a sign alone' },
    { text: '^abc', why: 'a range of no version' },
    { text: 'sha256:0', why: 'a digest that is too short' },
    { text: '-x', why: 'no tag begins so' },
    { text: 'a/b', why: 'a reference' },
  ])('refuses $text: $why', ({ text }) => expect(parseSelector(text)).toBeUndefined());

  it('takes any text without failing, and means the same when it reads its own answer', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[v^~]?[\dx.*<>=| -]{1,12}$/)), (text) => {
        const selector = parseSelector(text);
        const again = selector === undefined ? undefined : parseSelector(textOf(selector));
        expect(again).toEqual(selector);
      }),
      { numRuns: 1_000 },
    );
  });
});

function textOf(selector: Selector): string {
  switch (selector.kind) {
    case 'version':
      return selector.version;
    case 'moving':
    case 'tag':
      return selector.tag;
    case 'range':
      return selector.range;
    case 'digest':
      return selector.digest;
    case 'commit':
      return selector.revision;
  }
}
