import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextPage } from './link-header.ts';

it.each([
  { parameters: { n: 2 }, expected: '</v2/a/tags/list?last=v1&n=2>; rel="next"', why: 'as many again' },
  {
    parameters: { n: undefined },
    expected: '</v2/a/tags/list?last=v1>; rel="next"',
    why: 'what was not asked stays away',
  },
  {
    parameters: { n: 2, artifactType: 'application/vnd.x+json' },
    expected: '</v2/a/tags/list?last=v1&n=2&artifactType=application%2Fvnd.x%2Bjson>; rel="next"',
    why: 'filters stay, encoded',
  },
])('$expected: $why', ({ parameters, expected }) => {
  expect(nextPage(true, 'v1', '/v2/a/tags/list', parameters)).toEqual(['Link', expected]);
});

it.each([
  { more: false, last: 'v1', why: 'the last page' },
  { more: true, last: undefined, why: 'an empty page leads nowhere' },
])('nothing: $why', ({ more, last }) => {
  expect(nextPage(more, last, '/v2/a/tags/list', {})).toEqual([]);
});

/** Any character, cheaper to make than fast-check's own: no tables to build first. */
const unit = fc
  .oneof(fc.nat(0x7f), fc.integer({ min: 0x80, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point));

it('carries any text there and back', () => {
  fc.assert(
    fc.property(fc.string({ unit }), (artifactType) => {
      const [, value = ''] = nextPage(true, 'v1', '/v2/a/referrers/x', { artifactType });
      const target = /^<([!-~]*)>; rel="next"$/.exec(value)?.[1] ?? '';
      expect(new URL(target, 'http://host').searchParams.get('artifactType')).toBe(artifactType);
    }),
  );
});
