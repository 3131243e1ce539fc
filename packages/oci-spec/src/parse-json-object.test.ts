import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LIMITS } from './limits.ts';
import { parseJsonObject } from './parse-json-object.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, maxDepth?: number): unknown =>
  parseJsonObject(encode(text), { maxBytes: 1_000_000, what: 'thing', ...(maxDepth !== undefined && { maxDepth }) });

/** Any character, cheaper to make than fast-check's own: no tables to build first. */
const unit = fc
  .oneof(fc.nat(0x7f), fc.integer({ min: 0x80, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point));

/** The message of what was thrown, if anything was. */
function attempt(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('parseJsonObject', () => {
  it.each([
    { text: '{}', why: 'the smallest' },
    { text: ' {"a" : [1, {"a": 2}], "b": "x"}\n', why: 'one name at two levels, white space' },
    { text: '{"a":{"x":1},"b":{"x":2}}', why: 'one name in two objects' },
    { text: '{"a":["x","x"]}', why: 'equal strings in an array are no names' },
    { text: '{"a":"{\\"a\\":[","b":"\\\\","c":"]"}', why: 'brackets and quotes inside strings' },
    { text: '{"a":"a","b":"a"}', why: 'a value may equal a name' },
    { text: '{"A":1,"a":2}', why: 'case tells names apart' },
    { text: '{"__proto__":{"x":1}}', why: 'an ordinary member here' },
  ])('reads $text: $why', ({ text }) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    { text: '', path: '$', expected: 'JSON', why: 'nothing' },
    { text: '{', path: '$', expected: 'JSON', why: 'unfinished' },
    { text: '{"a', path: '$', expected: 'JSON', why: 'an unfinished string' },
    { text: '"\\', path: '$', expected: 'JSON', why: 'an unfinished escape' },
    { text: '{"\\x":1}', path: '$', expected: 'JSON', why: 'a bad escape in a name' },
    { text: '{}}', path: '$', expected: 'JSON', why: 'more after the end' },
    { text: ']],,"', path: '$', expected: 'JSON', why: 'nothing opened what this closes' },
    { text: '{"a":1,}', path: '$', expected: 'JSON', why: 'a comma too many' },
    { text: '\ufeff{}', path: '$', expected: 'JSON', why: 'a byte order mark' },
    { text: '{"a":NaN}', path: '$', expected: 'JSON', why: 'no JSON number' },
    { text: 'null', path: '$', expected: 'an object', why: 'not an object' },
    { text: '[]', path: '$', expected: 'an object', why: 'not an object' },
    { text: '{"a":1,"a":1}', path: '$.a', expected: 'each member name once', why: 'named twice' },
    { text: '{"a":1,"\\u0061":1}', path: '$.a', expected: 'each member name once', why: 'twice in two spellings' },
    { text: '{"b":[0,{"x y":1,"x y":2}]}', path: '$.b[1]["x y"]', expected: 'each member name once', why: 'deeper' },
    {
      text: '{"__proto__":1,"__proto__":2}',
      path: '$.__proto__',
      expected: 'each member name once',
      why: 'a magic name',
    },
  ])('refuses $text at $path: $why', ({ text, path, expected }) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        details: expect.objectContaining({ document: 'thing', path, expected }) as unknown,
      }),
    );
  });

  it.each([
    { depth: 3, expected: true, why: 'one fewer than allowed' },
    { depth: 4, expected: true, why: 'as many as allowed' },
    { depth: 5, expected: false, why: 'one more' },
  ])('with at most 4 levels takes $depth: $expected, $why', ({ depth, expected }) => {
    const text = `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    const outcome = attempt(() => parse(text, 4));
    expect(outcome).toBe(
      expected ? 'no error' : 'thing: $.a[0][0][0]: expected at most 4 levels of nesting, found nothing',
    );
  });

  it('counts siblings as one level', () => {
    expect(parse(`{"a":[${Array.from({ length: 500 }, () => '[]').join(',')}]}`)).toBeDefined();
  });

  it('refuses megabytes of opening brackets without overflowing', () => {
    expect(() => parse('['.repeat(1_000_000))).toThrow(`at most ${LIMITS.jsonDepth} levels`);
  });

  it('refuses too many bytes before it looks at them', () => {
    expect(() => parseJsonObject(new Uint8Array(11), { maxBytes: 10, what: 'thing' })).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE', details: { what: 'thing', limitBytes: 10, actualBytes: 11 } }),
    );
    expect(parseJsonObject(encode('{"a":1234}'), { maxBytes: 10, what: 'thing' })).toEqual({ a: 1234 });
  });

  it.each([
    { bytes: [0x7b, 0xff, 0x7d], why: 'a byte that UTF-8 never has' },
    { bytes: [0x22, 0xc0, 0xaf, 0x22], why: 'an overlong slash' },
    { bytes: [0x22, 0xed, 0xa0, 0x80, 0x22], why: 'a surrogate' },
    { bytes: [0x22, 0xe2, 0x82], why: 'a character cut off' },
  ])('refuses $bytes: $why', ({ bytes }) => {
    expect(() => parseJsonObject(Uint8Array.from(bytes), { maxBytes: 10, what: 'thing' })).toThrow(
      'thing: $: expected text in UTF-8',
    );
  });

  it('shows nothing of the text but what is safe to print, and not much of it', () => {
    expect(() => parse(`\u001b[2J\u009b${'x'.repeat(500)}`)).toThrow(/^[\x20-\x7e]{1,150}$/);
  });

  it('agrees with JSON.parse on every object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit }), fc.jsonValue({ maxDepth: 4 })), (value) => {
        const text = JSON.stringify(value);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('throws nothing but ContentError, whatever the bytes', () => {
    const bytes = fc.oneof(fc.uint8Array(), fc.stringMatching(/^[{}[\]",:\\ux01a]*$/).map(encode));
    fc.assert(
      fc.property(bytes, (input) => {
        let thrown: unknown;
        try {
          parseJsonObject(input, { maxBytes: 1_000, what: 'thing' });
        } catch (error) {
          thrown = error;
        }
        expect(thrown === undefined || (thrown as Error).name === 'ContentError').toBe(true);
      }),
    );
  });
});
