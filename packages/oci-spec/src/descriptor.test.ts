import { describe, expect, it } from 'vitest';

import {
  describeContent,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  parseDescriptor,
  readDescriptor,
  sameContent,
} from './descriptor.ts';
import { digestOf } from './digest.ts';
import { LIMITS } from './limits.ts';

const DIGEST = digestOf(Uint8Array.of(1));
const base = { mediaType: 'application/json', digest: DIGEST, size: 7 };
const annotations = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, '']));

describe('parseDescriptor', () => {
  it.each([
    { extra: {}, why: 'the three required members' },
    { extra: { size: 0 }, why: 'empty content' },
    { extra: { size: Number.MAX_SAFE_INTEGER }, why: 'the largest size' },
    { extra: { annotations: { 'org.example.a': '', 'b c': 'ü' } }, why: 'annotations, one of them empty' },
    { extra: { annotations: annotations(LIMITS.annotations) }, why: 'as many annotations as allowed' },
    { extra: { annotations: { ['k'.repeat(LIMITS.annotationKeyLength)]: '' } }, why: 'the longest key' },
    { extra: { artifactType: 'application/vnd.example' }, why: 'an artifact type' },
    { extra: { data: 'e30=' }, why: 'embedded content' },
    { extra: { data: '' }, why: 'embedded nothing' },
    { extra: { urls: ['https://example.com/x'] }, why: 'a foreign layer' },
    { extra: { platform: { architecture: 'arm', os: 'linux', variant: 'v7' } }, why: 'a platform' },
    {
      extra: { platform: { architecture: '', os: '', 'os.version': '10.0', 'os.features': ['win32k'] } },
      why: 'a platform with every member',
    },
  ])('keeps $why', ({ extra }) => {
    expect(parseDescriptor({ ...base, ...extra })).toStrictEqual({ ...base, ...extra });
  });

  it.each([
    { extra: { unknown: { deep: [1] } }, why: 'members it does not know' },
    { extra: { annotations: null, data: null, urls: null, platform: null }, why: 'null, as Go writes absence' },
    { extra: { artifactType: '' }, why: 'an empty artifact type' },
  ])('drops $why', ({ extra }) => {
    expect(parseDescriptor({ ...base, ...extra })).toStrictEqual(base);
  });

  it.each([
    { value: undefined, path: '$', why: 'nothing' },
    { value: null, path: '$', why: 'null' },
    { value: [], path: '$', why: 'an array' },
    { value: 'x', path: '$', why: 'a string' },
    { value: Object.create(base) as unknown, path: '$.mediaType', why: 'inherited members do not count' },
    { value: { ...base, mediaType: 'json' }, path: '$.mediaType', why: 'no media type' },
    { value: { ...base, mediaType: '' }, path: '$.mediaType', why: 'an empty media type' },
    { value: { ...base, digest: 'sha256:ff' }, path: '$.digest', why: 'a short digest' },
    { value: { ...base, digest: 7 }, path: '$.digest', why: 'a digest that is no string' },
    { value: { ...base, size: -1 }, path: '$.size', why: 'a negative size' },
    { value: { ...base, size: 1.5 }, path: '$.size', why: 'half a byte' },
    { value: { ...base, size: 2 ** 53 }, path: '$.size', why: 'a size that is not exact' },
    { value: { ...base, size: '7' }, path: '$.size', why: 'a size in quotes' },
    { value: { ...base, size: null }, path: '$.size', why: 'required members may not be null' },
    { value: { ...base, annotations: { a: 1 } }, path: '$.annotations.a', why: 'an annotation that is no string' },
    { value: { ...base, annotations: { 'a.b': null } }, path: '$.annotations["a.b"]', why: 'an annotation of null' },
    { value: { ...base, annotations: [] }, path: '$.annotations', why: 'annotations that are no object' },
    {
      value: { ...base, annotations: annotations(LIMITS.annotations + 1) },
      path: '$.annotations',
      why: 'one too many',
    },
    {
      value: { ...base, annotations: { ['k'.repeat(LIMITS.annotationKeyLength + 1)]: '' } },
      path: `$.annotations["${'k'.repeat(64)}..."]`,
      why: 'a key too long, cut short in the message',
    },
    { value: { ...base, annotations: { a: '\ud800' } }, path: '$.annotations.a', why: 'half a character' },
    { value: { ...base, annotations: { '\ud800': '' } }, path: '$.annotations["\\ud800"]', why: 'half a character' },
    { value: { ...base, artifactType: 'x' }, path: '$.artifactType', why: 'an artifact type that is no media type' },
    { value: { ...base, data: 'e30' }, path: '$.data', why: 'base64 without padding' },
    { value: { ...base, data: 'e-_=' }, path: '$.data', why: 'the other base64' },
    { value: { ...base, urls: 'https://example.com' }, path: '$.urls', why: 'urls that are no list' },
    { value: { ...base, urls: [1] }, path: '$.urls[0]', why: 'a url that is no string' },
    {
      value: { ...base, urls: Array.from({ length: LIMITS.listItems + 1 }, () => '') },
      path: '$.urls',
      why: 'too many urls',
    },
    { value: { ...base, platform: {} }, path: '$.platform.architecture', why: 'a platform of nothing' },
    { value: 1n, path: '$', why: 'a value no JSON has' },
    { value: { ...base, platform: { architecture: 'amd64' } }, path: '$.platform.os', why: 'half a platform' },
  ])('refuses $why, at $path', ({ value, path }) => {
    expect(parseDescriptor(value)).toBeUndefined();
    expect(() => readDescriptor({ document: 'descriptor', path: '$', value })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ path }) as unknown }),
    );
  });

  it('keeps an annotation called __proto__ as an annotation', () => {
    const value: unknown = JSON.parse(
      `{"mediaType":"a/b","digest":"${DIGEST}","size":1,"annotations":{"__proto__":"x"}}`,
    );
    expect(Object.entries(parseDescriptor(value)?.annotations ?? {})).toEqual([['__proto__', 'x']]);
  });

  it('lets errors pass that are none of its own', () => {
    const hostile = new Proxy(base, {
      getOwnPropertyDescriptor() {
        throw new RangeError('boom');
      },
    });
    expect(() => parseDescriptor(hostile)).toThrow(RangeError);
  });
});

describe('describeContent', () => {
  it('says type, digest and size, and cannot be talked into others', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const extra = { annotations: { a: 'b' }, size: 99 };
    expect(describeContent('a/b', bytes, extra)).toEqual({
      mediaType: 'a/b',
      digest: digestOf(bytes),
      size: 3,
      annotations: { a: 'b' },
    });
  });

  it('refuses a media type that is none, for that is a bug of the caller', () => {
    expect(() => describeContent('json', Uint8Array.of())).toThrow(TypeError);
  });
});

describe('sameContent', () => {
  it.each([
    { other: base, expected: true, why: 'equal' },
    { other: { ...base, mediaType: 'x/y' }, expected: true, why: 'the type is what is said about it' },
    { other: { ...base, size: 8 }, expected: false, why: 'another size' },
    { other: { ...base, digest: digestOf(Uint8Array.of(2)) }, expected: false, why: 'another digest' },
  ])('is $expected: $why', ({ other, expected }) => {
    expect(sameContent(base, other)).toBe(expected);
    expect(sameContent(other, base)).toBe(expected);
  });
});

describe('EMPTY_DESCRIPTOR', () => {
  it("is the image-spec's, to the letter, and stays so", () => {
    expect(EMPTY_DESCRIPTOR).toEqual({
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
      data: 'e30=',
    });
    expect(new TextDecoder().decode(EMPTY_JSON)).toBe('{}');
    expect(Object.isFrozen(EMPTY_DESCRIPTOR)).toBe(true);
  });
});
