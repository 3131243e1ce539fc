/**
 * Which bytes may be released: UTF-8, no byte order mark, no NUL, `\n` line endings.
 *
 * A released file has one digest, so it must have the same bytes on every machine. Git may turn `\n` into `\r\n` on
 * checkout, so `\r\n` is refused everywhere, in string literals too. A `\r` alone is refused where it would end a line
 * (the scanner sees to that) and allowed inside quotes and block comments, where it is data.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { type SqlError, sqlErrorAt } from './errors.ts';
import { isContinuation } from './position.ts';

const CR = 0x0d;
const LF = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** @throws {SqlError} `SQL_ENCODING` with the offset of the first byte at fault. */
export function checkEncoding(sql: Buffer): void {
  if (BYTE_ORDER_MARK.every((byte, index) => sql[index] === byte)) throw byteOrderMarkError(sql);
  if (!isUtf8(sql)) throw utf8Error(sql);
  const nul = sql.indexOf(0);
  if (nul !== -1) throw nulError(sql, nul);
  for (let at = sql.indexOf(CR); at !== -1; at = sql.indexOf(CR, at + 1)) {
    if (sql[at + 1] === LF) throw lineEndingError(sql, at);
  }
}

/** For a `\r` that ends a line, alone or before a `\n`. */
export function lineEndingError(sql: Uint8Array, offset: number): SqlError<'SQL_ENCODING'> {
  const found = sql[offset + 1] === LF ? '\\r\\n (Windows)' : '\\r (old Macintosh)';
  return sqlErrorAt('SQL_ENCODING', sql, offset, {
    message: `expected lines ending in \\n, found ${found}: a released file must have the same bytes on every machine`,
    hint: 'Put `*.sql text eol=lf` in .gitattributes, run `git add --renormalize .`, and save the file with LF line endings.',
    details: { problem: 'line-ending' },
  });
}

function byteOrderMarkError(sql: Buffer): SqlError<'SQL_ENCODING'> {
  return sqlErrorAt('SQL_ENCODING', sql, 0, {
    message:
      'expected plain UTF-8, found a byte order mark (EF BB BF), which PostgreSQL takes for part of the first word',
    hint: 'Save the file as UTF-8 without a byte order mark (BOM).',
    details: { problem: 'byte-order-mark' },
  });
}

function utf8Error(sql: Buffer): SqlError<'SQL_ENCODING'> {
  const offset = findInvalidUtf8(sql);
  const byte = (sql[offset] ?? 0).toString(16).toUpperCase().padStart(2, '0');
  const isUtf16 = offset === 0 && (byte === 'FF' || byte === 'FE');
  return sqlErrorAt('SQL_ENCODING', sql, offset, {
    message: `expected UTF-8, found byte 0x${byte} at offset ${offset}${isUtf16 ? ': this looks like UTF-16' : ''}`,
    hint: `Save the file as UTF-8${isUtf16 ? '.' : ', for example with `iconv -f LATIN1 -t UTF-8`.'}`,
    details: { problem: 'utf-8' },
  });
}

function nulError(sql: Buffer, offset: number): SqlError<'SQL_ENCODING'> {
  return sqlErrorAt('SQL_ENCODING', sql, offset, {
    message: `expected text, found a NUL byte at offset ${offset}, which PostgreSQL cannot store in text`,
    hint: "Take the byte out, or write binary data as a bytea literal such as '\\x00'.",
    details: { problem: 'nul' },
  });
}

/** Offset of the first character that is not well formed; the length if there is none. */
export function findInvalidUtf8(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const size = characterSize(bytes, at);
    if (size === 0) return at;
    at += size;
  }
  return at;
}

/** Bytes in the well-formed character here, or 0. @see https://www.rfc-editor.org/rfc/rfc3629#section-4 */
function characterSize(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  for (let index = 1; index < size; index++) if (!isContinuation(bytes[at + index] ?? 0)) return 0;
  const second = bytes[at + 1] ?? 0;
  const overlong = (lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90);
  const outside = (lead === 0xed && second > 0x9f) || (lead === 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : size;
}
