import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { checksumOf, checksumToDigest, parseChecksum, type Checksum } from './checksum.ts';

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('checksums', () => {
  it('are SHA-256 in hex, of bytes or of text in UTF-8', () => {
    expect(checksumOf(new Uint8Array(0))).toBe(EMPTY);
    expect(checksumOf('größe')).toBe(checksumOf(new TextEncoder().encode('größe')));
  });

  it('are the OCI digest of the same bytes', () => {
    const bytes = new TextEncoder().encode('x');
    expect(checksumToDigest(checksumOf(bytes))).toBe(digestOf(bytes));
    expect(() => checksumToDigest('x' as Checksum)).toThrow(RangeError);
  });

  it.each([
    { text: EMPTY, valid: true, why: '64 digits' },
    { text: EMPTY.toUpperCase(), valid: false, why: 'capitals' },
    { text: `sha256:${EMPTY}`, valid: false, why: 'a digest' },
    { text: EMPTY.slice(1), valid: false, why: '63 digits' },
    { text: `${EMPTY}0`, valid: false, why: '65 digits' },
    { text: `${EMPTY}\n`, valid: false, why: 'a line break behind' },
    { text: EMPTY.replace('e', 'g'), valid: false, why: 'a letter that is no digit' },
  ])('parse: $why', ({ text, valid }) => expect(parseChecksum(text)).toBe(valid ? text : undefined));
});
