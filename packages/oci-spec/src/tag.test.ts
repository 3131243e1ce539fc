import { describe, expect, it } from 'vitest';

import { digestOf } from './digest.ts';
import { DEFAULT_TAG, parseTag, referrersTag } from './tag.ts';

describe('parseTag', () => {
  it.each([
    { text: 'latest', why: 'a word' },
    { text: 'v1.2.3', why: 'a release' },
    { text: '1.2.3_build.5', why: 'build metadata with its plus replaced' },
    { text: '_', why: 'an underscore may begin' },
    { text: 'Uppercase', why: 'tags keep their case' },
    { text: 'a'.repeat(128), why: 'the longest' },
  ])('accepts $text: $why', ({ text }) => {
    expect(parseTag(text)).toBe(text);
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: '.hidden', why: 'a dot may not begin' },
    { text: '-rf', why: 'a dash may not begin: it would be an option' },
    { text: 'a'.repeat(129), why: 'one too long' },
    { text: 'a+b', why: 'no plus' },
    { text: 'a/b', why: 'no slash: it would be a path' },
    { text: '..', why: 'no parent folder' },
    { text: 'a\n', why: 'no newline at the end' },
    { text: 'ünicode', why: 'ASCII only' },
    { text: 'sha256:a', why: 'no colon' },
  ])('refuses "$text": $why', ({ text }) => {
    expect(parseTag(text)).toBeUndefined();
  });
});

describe('referrersTag', () => {
  it.each([
    { algorithm: 'sha256', length: 71, why: 'a whole hash' },
    { algorithm: 'sha512', length: 71, why: 'the hash is cut at 64 digits' },
  ] as const)('of $algorithm is a tag: $why', ({ algorithm, length }) => {
    const digest = digestOf(Uint8Array.of(1), algorithm);
    const tag = referrersTag(digest);
    expect(tag).toHaveLength(length);
    expect(digest.replace(':', '-').startsWith(tag)).toBe(true);
    expect(parseTag(tag)).toBe(tag);
  });
});

it('the default tag is a tag', () => {
  expect(parseTag('latest')).toBe(DEFAULT_TAG);
});
