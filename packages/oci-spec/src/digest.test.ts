import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';

import {
  createDigester,
  digestAlgorithm,
  digestFromHex,
  digestHex,
  digestOf,
  parseDigest,
  type Digest,
} from './digest.ts';

const HEX_64 = 'a1'.repeat(32);
const HEX_128 = 'b2'.repeat(64);

describe('parseDigest', () => {
  it.each([
    { text: `sha256:${HEX_64}`, why: 'sha256 with 64 digits' },
    { text: `sha512:${HEX_128}`, why: 'sha512 with 128 digits' },
  ])('accepts $text: $why', ({ text }) => {
    expect(parseDigest(text)).toBe(text);
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: HEX_64, why: 'no algorithm' },
    { text: `sha256:${HEX_64.toUpperCase()}`, why: 'the image-spec forbids A-F' },
    { text: `sha256:${HEX_64.slice(1)}`, why: 'one digit short' },
    { text: `sha256:${HEX_64}0`, why: 'one digit long' },
    { text: `sha512:${HEX_64}`, why: 'the length belongs to the other algorithm' },
    { text: `sha256:${HEX_128}`, why: 'the length belongs to the other algorithm' },
    { text: `SHA256:${HEX_64}`, why: 'algorithms are lowercase' },
    { text: `blake3:${HEX_64}`, why: 'registered, but not verifiable here: fail closed' },
    { text: `sha256+b64u:${HEX_64}`, why: 'grammatical, but not verifiable here' },
    { text: `sha256:${HEX_64}\n`, why: 'no newline slips past the end' },
    { text: ` sha256:${HEX_64}`, why: 'no white space' },
    { text: `sha256:../../${HEX_64.slice(6)}`, why: 'a path is no digest (CVE-2024-3727)' },
    { text: `x\nsha256:${HEX_64}`, why: 'the pattern holds for the whole text, not a line of it' },
  ])('refuses $text: $why', ({ text }) => {
    expect(parseDigest(text)).toBeUndefined();
  });
});

describe('digestFromHex', () => {
  it.each([
    { algorithm: 'sha256', hex: HEX_64, expected: `sha256:${HEX_64}`, why: 'the length fits' },
    { algorithm: 'sha512', hex: HEX_64, expected: undefined, why: 'the length does not fit' },
    { algorithm: 'sha256', hex: `${HEX_64.slice(1)}g`, expected: undefined, why: 'g is no hex digit' },
  ] as const)('$algorithm of $hex is $expected: $why', ({ algorithm, hex, expected }) => {
    expect(digestFromHex(algorithm, hex)).toBe(expected);
  });
});

describe('digestOf', () => {
  it.each([
    {
      text: '',
      algorithm: 'sha256',
      expected: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      why: 'the well-known digest of nothing',
    },
    {
      text: 'abc',
      algorithm: 'sha256',
      expected: 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      why: 'FIPS 180-2 appendix B.1',
    },
    {
      text: 'abc',
      algorithm: 'sha512',
      expected:
        'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      why: 'FIPS 180-2 appendix C.1',
    },
  ] as const)('$algorithm of "$text": $why', ({ text, algorithm, expected }) => {
    expect(digestOf(new TextEncoder().encode(text), algorithm)).toBe(expected);
  });

  it('mints what parseDigest takes, and its parts put it together again', () => {
    const algorithms = fc.constantFrom('sha256' as const, 'sha512' as const);
    fc.assert(
      fc.property(fc.uint8Array(), algorithms, (bytes, algorithm) => {
        const digest = digestOf(bytes, algorithm);
        expect(parseDigest(digest)).toBe(digest);
        expect(digestAlgorithm(digest)).toBe(algorithm);
        expect(digestFromHex(digestAlgorithm(digest), digestHex(digest))).toBe(digest);
      }),
    );
  });
});

describe('createDigester', () => {
  it('gives the digest of the concatenation, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const digester = createDigester();
        for (const chunk of chunks) digester.update(chunk);
        expect(digester.digest()).toBe(digestOf(Buffer.concat(chunks)));
      }),
    );
  });

  it('tells the digest so far and goes on', () => {
    const digester = createDigester('sha512');
    digester.update(Uint8Array.of(1));
    expect(digester.digest()).toBe(digestOf(Uint8Array.of(1), 'sha512'));
    digester.update(Uint8Array.of(2));
    expect(digester.digest()).toBe(digestOf(Uint8Array.of(1, 2), 'sha512'));
    expect(digester.digest()).toBe(`sha512:${createHash('sha512').update(Uint8Array.of(1, 2)).digest('hex')}`);
  });
});

describe('Digest', () => {
  it('is a string that no unchecked string replaces', () => {
    expectTypeOf<Digest>().toExtend<string>();
    expectTypeOf<string>().not.toExtend<Digest>();
    expectTypeOf<`sha256:${string}`>().not.toExtend<Digest>();
  });
});
