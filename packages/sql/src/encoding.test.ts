import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { checkEncoding, findInvalidUtf8 } from './encoding.ts';
import { isSqlError, type SqlError } from './errors.ts';

function refusalOf(sql: Buffer): SqlError<'SQL_ENCODING'> {
  try {
    checkEncoding(sql);
  } catch (thrown) {
    if (isSqlError(thrown, 'SQL_ENCODING')) return thrown;
    throw thrown;
  }
  throw new RangeError('accepted');
}

describe('checkEncoding', () => {
  it.each([
    { sql: '', why: 'an empty file has no fault' },
    { sql: "select 'é😀\uFFFD';\n", why: 'any UTF-8 is text, the replacement character too' },
    { sql: "select 'a\rb';", why: 'a carriage return alone is left to the scanner: in quotes it is data' },
    { sql: "select '\uFEFF';", why: 'a byte order mark further on is a character' },
  ])('accepts $sql: $why', ({ sql }) => {
    expect(() => checkEncoding(Buffer.from(sql))).not.toThrow();
  });

  it.each([
    {
      bytes: [0xef, 0xbb, 0xbf, 0x61],
      problem: 'byte-order-mark',
      offset: 0,
      line: 1,
      why: 'PostgreSQL reads it as a word',
    },
    { bytes: [0x61, 0x0a, 0xe9, 0x62], problem: 'utf-8', offset: 2, line: 2, why: 'Latin-1 é' },
    { bytes: [0x61, 0xe2, 0x82], problem: 'utf-8', offset: 1, line: 1, why: 'a character cut off by the end' },
    { bytes: [0xff, 0xfe, 0x61, 0x00], problem: 'utf-8', offset: 0, line: 1, why: 'UTF-16' },
    { bytes: [0x61, 0x00], problem: 'nul', offset: 1, line: 1, why: 'PostgreSQL ends its text there' },
    { bytes: [0x0a, 0x61, 0x0d, 0x0a], problem: 'line-ending', offset: 2, line: 2, why: 'Windows line ending' },
    {
      bytes: [0x0d, 0x61, 0x0d, 0x0a],
      problem: 'line-ending',
      offset: 2,
      line: 1,
      why: 'a lone one before it does not hide it',
    },
  ])('refuses $problem at $offset: $why', ({ bytes, problem, offset, line }) => {
    const { details, hint } = refusalOf(Buffer.from(bytes));
    expect(details).toMatchObject({ problem, offset, line });
    expect(hint).not.toBe('');
  });

  it('says what to do about line endings and UTF-16', () => {
    expect(refusalOf(Buffer.from('a\r\nb')).hint).toContain('*.sql text eol=lf');
    expect(refusalOf(Buffer.from([0xff, 0xfe])).message).toContain('looks like UTF-16');
    expect(refusalOf(Buffer.from([0x61, 0xff])).message).toContain('0xFF at offset 1');
  });
});

describe('findInvalidUtf8', () => {
  it('finds the first fault exactly: what is before it is UTF-8, with one byte more it is not', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const bytes = Buffer.concat(pieces);
        const at = findInvalidUtf8(bytes);
        expect(at === bytes.length).toBe(isUtf8(bytes));
        expect(isUtf8(bytes.subarray(0, at))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    { bytes: [0xc0, 0x80], why: 'overlong in two bytes' },
    { bytes: [0xe0, 0x9f, 0xbf], why: 'overlong in three' },
    { bytes: [0xf0, 0x8f, 0xbf, 0xbf], why: 'overlong in four' },
    { bytes: [0xed, 0xa0, 0x80], why: 'a surrogate' },
    { bytes: [0xf4, 0x90, 0x80, 0x80], why: 'beyond U+10FFFF' },
    { bytes: [0xf5, 0x80, 0x80, 0x80], why: 'a lead byte that is none' },
    { bytes: [0x80], why: 'a continuation without a lead' },
  ])('refuses $bytes: $why', ({ bytes }) => {
    expect(findInvalidUtf8(Buffer.from([0x61, ...bytes]))).toBe(1);
  });
});
