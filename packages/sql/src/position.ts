/**
 * Places in a file for people: line, column, and the source line with a caret.
 *
 * @module
 */

const NEWLINE = 0x0a;
/** Characters shown on each side of the caret. */
const EXCERPT_RADIUS = 100;
const MAX_BYTES_PER_CHARACTER = 4;

export interface SqlPosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in code points. */
  readonly column: number;
  /** 0-based, in bytes. */
  readonly offset: number;
}

/** True for every byte of UTF-8 that is not the first of its character. */
export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/**
 * Turns rising offsets into positions, reading each byte once in all.
 *
 * An offset before the last one asked for is a bug of the caller.
 */
export function createPositionCursor(bytes: Uint8Array): (offset: number) => SqlPosition {
  let at = 0;
  let line = 1;
  let column = 1;
  return (offset) => {
    if (offset < at) throw new RangeError(`offset ${offset} lies before ${at}`);
    for (; at < offset; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === NEWLINE) {
        line++;
        column = 1;
      } else if (!isContinuation(byte)) column++;
    }
    return { line, column, offset };
  };
}

/**
 * The source line around a byte offset, and a line with a caret under it; about 200 characters at most.
 *
 * Control characters are shown as `�` (a tab as a space), so that a file cannot drive the terminal it is shown in.
 */
export function formatExcerpt(sql: Uint8Array, offset: number): string {
  const at = Math.min(Math.max(offset, 0), sql.length);
  const window = (EXCERPT_RADIUS + 1) * MAX_BYTES_PER_CHARACTER;
  const before = sql.subarray(Math.max(0, at - window), at);
  const after = sql.subarray(at, at + window);
  const lineEnd = after.indexOf(NEWLINE);
  const left = Array.from(decode(before.subarray(before.lastIndexOf(NEWLINE) + 1)));
  const right = Array.from(decode(lineEnd === -1 ? after : after.subarray(0, lineEnd)));
  const head = (left.length > EXCERPT_RADIUS ? '…' : '') + left.slice(-EXCERPT_RADIUS).join('');
  const tail = right.slice(0, EXCERPT_RADIUS).join('') + (right.length > EXCERPT_RADIUS ? '…' : '');
  return `${head}${tail}\n${' '.repeat(Array.from(head).length)}^`;
}

/** Control characters, half surrogates, and what turns or breaks a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** Makes any text fit for one line of a message. */
export function toPrintable(text: string, maxCharacters = 2 * EXCERPT_RADIUS): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  return cut.replaceAll(/[\t\n\r]/g, ' ').replaceAll(UNPRINTABLE, '�');
}

/** A window cut at any byte: what is left of a character at either edge is dropped. */
function decode(bytes: Uint8Array): string {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start] ?? 0)) start++;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start), { stream: true });
  return toPrintable(text, Number.POSITIVE_INFINITY);
}
