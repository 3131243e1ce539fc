import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { etagOf, isNotModified, readTagCondition } from './conditional.ts';

const DIGEST = digestOf(Uint8Array.of(1));
const ETAG = etagOf(DIGEST);

describe('If-None-Match on a read', () => {
  it.each([
    { header: undefined, expected: false, why: 'not asked' },
    { header: ETAG, expected: true, why: 'the same' },
    { header: `W/${ETAG}`, expected: true, why: 'compared weakly' },
    { header: `"x", ${ETAG}`, expected: true, why: 'one of several' },
    { header: `"x",${ETAG} , "y"`, expected: true, why: 'spaces do not matter' },
    { header: '*', expected: true, why: 'anything that is there' },
    { header: ' * ', expected: true, why: 'with white space' },
    { header: '"x"', expected: false, why: 'another one' },
    { header: '""', expected: false, why: 'an empty one' },
    { header: DIGEST, expected: false, why: 'without quotes it is no entity tag' },
    { header: `${ETAG} "x"`, expected: false, why: 'no comma: unreadable, so ignored' },
    { header: '', expected: false, why: 'empty' },
  ])('$header: $why', ({ header, expected }) => {
    expect(isNotModified(header, DIGEST)).toBe(expected);
  });

  it('answers at once to a header made to be slow', () => {
    const started = performance.now();
    isNotModified(`${'"a", '.repeat(3_000)}"`, DIGEST);
    isNotModified(`${', '.repeat(8_000)}x`, DIGEST);
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe('conditions of a push', () => {
  it.each([
    { match: undefined, noneMatch: undefined, expected: undefined, why: 'none' },
    { match: undefined, noneMatch: '*', expected: { type: 'absent' }, why: 'a tag that is not there yet' },
    { match: '*', noneMatch: undefined, expected: { type: 'present' }, why: 'a tag that is there' },
    { match: ETAG, noneMatch: undefined, expected: { type: 'one-of', digests: [DIGEST] }, why: 'this content' },
    {
      match: `"a", ${ETAG}`,
      noneMatch: undefined,
      expected: { type: 'one-of', digests: ['a', DIGEST] },
      why: 'one of',
    },
    {
      match: `W/${ETAG}`,
      noneMatch: undefined,
      expected: { type: 'one-of', digests: [] },
      why: 'weak tags match nothing',
    },
  ])('If-Match $match, If-None-Match $noneMatch: $why', ({ match, noneMatch, expected }) => {
    expect(readTagCondition(match, noneMatch)).toEqual(expected);
  });

  it.each([
    { match: '*', noneMatch: '*', why: 'they contradict each other' },
    { match: DIGEST, noneMatch: undefined, why: 'no quotes' },
    { match: '', noneMatch: undefined, why: 'empty' },
    { match: undefined, noneMatch: ETAG, why: 'cannot be promised' },
  ])('If-Match $match, If-None-Match $noneMatch is refused: $why', ({ match, noneMatch }) => {
    expect(() => readTagCondition(match, noneMatch)).toThrow(expect.objectContaining({ kind: 'REQUEST_INVALID' }));
  });
});
