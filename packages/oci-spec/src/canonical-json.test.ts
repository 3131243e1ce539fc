import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalJson, canonicalJsonBytes } from './canonical-json.ts';

/** Any character, cheaper to make than fast-check's own: no tables to build first. */
const unit = fc
  .oneof(fc.nat(0x7f), fc.integer({ min: 0x80, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point));

describe('canonicalJson', () => {
  it.each([
    { value: { b: 1, a: [true, null, 'x'] }, text: '{"a":[true,null,"x"],"b":1}', why: 'members sorted, items not' },
    { value: {}, text: '{}', why: 'empty' },
    { value: [[], {}], text: '[[],{}]', why: 'empty inside' },
    { value: { a: { d: 1, c: 2 } }, text: '{"a":{"c":2,"d":1}}', why: 'sorted at every level' },
    { value: { 10: 1, 9: 2 }, text: '{"10":1,"9":2}', why: 'as text, not as numbers' },
    { value: { a: 1, B: 2, _: 3 }, text: '{"B":2,"_":3,"a":1}', why: 'by code unit, not by a language' },
    {
      value: { '\u20ac': 1, '\r': 2, '\ufb33': 3, 1: 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
      text: '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
      why: 'the example of RFC 8785 section 3.2.3: UTF-16, so the emoji is before U+FB33',
    },
    {
      value: [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, 1e21, 1e20],
      text: '[333333333.3333333,1e+30,4.5,0.002,1e-27,1e+21,100000000000000000000]',
      why: 'numbers as RFC 8785 section 3.2.2.3',
    },
    { value: -0, text: '0', why: 'RFC 8785 appendix B: minus zero is zero' },
    {
      value: '\u20ac$\u000f\nA\'B"\\\\"/',
      text: '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"',
      why: 'strings as RFC 8785 section 3.2.2.2',
    },
    {
      value: Object.assign(Object.create(null) as object, { a: 1 }),
      text: '{"a":1}',
      why: 'an object without prototype',
    },
  ])('writes $text: $why', ({ value, text }) => {
    expect(canonicalJson(value)).toBe(text);
    expect(canonicalJsonBytes(value)).toEqual(new TextEncoder().encode(text));
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  it.each([
    { value: undefined, at: '$', why: 'undefined' },
    { value: { a: undefined }, at: '$.a', why: 'an undefined member, which JSON.stringify would drop' },
    { value: [0, undefined], at: '$[1]', why: 'an undefined item, which JSON.stringify would make null' },
    // oxlint-disable-next-line no-sparse-arrays -- the hole is the point
    { value: [0, , 2], at: '$[1]', why: 'a hole' },
    { value: { a: [Number.NaN] }, at: '$.a[0]', why: 'NaN' },
    { value: Infinity, at: '$', why: 'infinity' },
    { value: 1n, at: '$', why: 'a bigint' },
    { value: Symbol('x'), at: '$', why: 'a symbol' },
    { value: () => 1, at: '$', why: 'a function' },
    { value: '\ud800', at: '$', why: 'half a character' },
    { value: { '\udfff': 1 }, at: '$["\\udfff"]', why: 'half a character in a name' },
    { value: { when: new Date(0) }, at: '$.when', why: 'a Date: its text is the caller’s choice' },
    { value: new Map(), at: '$', why: 'a Map, which JSON.stringify would make {}' },
    { value: Uint8Array.of(1), at: '$', why: 'bytes' },
    { value: cycle, at: `$${'[0]'.repeat(64)}`, why: 'a cycle' },
  ])('refuses $why, at $at', ({ value, at }) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson(value)).toThrow(`(at ${at})`);
  });

  it('does not ask toJSON, which would write something else than the value', () => {
    expect(() => canonicalJson({ a: 1, toJSON: () => 2 })).toThrow('$.toJSON');
  });

  it('means the same value, and is one text for it in whatever order it was made', () => {
    const values = fc.jsonValue({ maxDepth: 4, stringUnit: unit });
    fc.assert(
      fc.property(values, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

/** The same value with the members of every object put in the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, item]) => [name, reversed(item)]),
  );
}
