/**
 * Where one lexical element of PostgreSQL's SQL ends.
 *
 * Each `skip…` takes the bytes and the offset at which its element begins, and returns the offset after it, or
 * `UNTERMINATED`. Pure; the scanner decides what an element means.
 *
 * @see https://www.postgresql.org/docs/18/sql-syntax-lexical.html
 * @module
 */

/** Returned for an element that the end of the file cuts off. */
export const UNTERMINATED = -1;

export const BYTE = {
  NEWLINE: 0x0a,
  RETURN: 0x0d,
  DOUBLE_QUOTE: 0x22,
  DOLLAR: 0x24,
  QUOTE: 0x27,
  OPEN: 0x28,
  CLOSE: 0x29,
  STAR: 0x2a,
  DASH: 0x2d,
  SLASH: 0x2f,
  SEMICOLON: 0x3b,
  BACKSLASH: 0x5c,
} as const;

/** What the first byte of an element says about it. `OTHER`: an operator or punctuation without a rule of its own. */
export const CLASS = { OTHER: 0, BLANK: 1, WORD: 2, DIGIT: 3, SPECIAL: 4 } as const;

const CLASS_OF = classifyBytes();

export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

export function classOf(byte: number): number {
  return CLASS_OF[byte] ?? CLASS.OTHER;
}

/** A run of blanks. `\r` is none: outside quotes it is refused. */
export function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (classOf(byteAt(bytes, at)) === CLASS.BLANK) at++;
  return at;
}

/** An identifier or key word: letters, digits, `_`, `$` and everything beyond ASCII. */
export function skipWord(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (isWordByte(byteAt(bytes, at))) at++;
  return at;
}

/** A number, with the letters in it: `1e5`, `0xFF`, `1_000`. */
export function skipNumber(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (isTagByte(byteAt(bytes, at))) at++;
  return at;
}

/** `'…'` or `"…"`, in which the quote itself is doubled. Also what follows B, N, U& and X. */
export function skipQuoted(bytes: Uint8Array, start: number): number {
  const quote = byteAt(bytes, start);
  for (let at = start + 1; at < bytes.length; at++) {
    if (byteAt(bytes, at) !== quote) continue;
    if (byteAt(bytes, at + 1) !== quote) return at + 1;
    at++;
  }
  return UNTERMINATED;
}

/** The `'…'` of `E'…'`, in which a backslash escapes, with the parts that continue it on later lines. */
export function skipEscapeString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = byteAt(bytes, at);
    if (byte === BYTE.BACKSLASH) at++;
    else if (byte === BYTE.QUOTE && byteAt(bytes, at + 1) === BYTE.QUOTE) at++;
    else if (byte === BYTE.QUOTE) {
      const next = findContinuation(bytes, at + 1);
      if (next === UNTERMINATED) return at + 1;
      at = next;
    }
  }
  return UNTERMINATED;
}

/** `$$…$$` or `$tag$…$tag$`. When it is none (`$1`, a `$` alone), the offset after the `$`. */
export function skipDollar(bytes: Buffer, start: number): number {
  const tagEnd = findTagEnd(bytes, start);
  if (tagEnd === UNTERMINATED) return start + 1;
  const tag = bytes.subarray(start, tagEnd);
  const close = bytes.indexOf(tag, tagEnd);
  return close === -1 ? UNTERMINATED : close + tag.length;
}

/** A comment from `--` to the end of its line, which stays outside. */
export function skipLineComment(bytes: Uint8Array, start: number): number {
  let at = start + 2;
  while (at < bytes.length && byteAt(bytes, at) !== BYTE.NEWLINE && byteAt(bytes, at) !== BYTE.RETURN) at++;
  return at;
}

/** A block comment; they nest. */
export function skipBlockComment(bytes: Uint8Array, start: number): number {
  let depth = 1;
  for (let at = start + 2; at < bytes.length; at++) {
    const byte = byteAt(bytes, at);
    const next = byteAt(bytes, at + 1);
    if (byte === BYTE.SLASH && next === BYTE.STAR) {
      depth++;
      at++;
    } else if (byte === BYTE.STAR && next === BYTE.SLASH) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return UNTERMINATED;
}

/** Offset of the quote that continues a string: after blanks and line comments, with a line end among them. */
function findContinuation(bytes: Uint8Array, start: number): number {
  let at = start;
  let lines = 0;
  for (;;) {
    const byte = byteAt(bytes, at);
    if (byte === BYTE.QUOTE && lines > 0) return at;
    if (byte === BYTE.NEWLINE) lines++;
    if (byte === BYTE.DASH && byteAt(bytes, at + 1) === BYTE.DASH) at = skipLineComment(bytes, at);
    else if (classOf(byte) === CLASS.BLANK) at++;
    else return UNTERMINATED;
  }
}

/** After the second `$` of an opening tag; a tag is empty or a word without `$` that begins with no digit. */
function findTagEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  if (classOf(byteAt(bytes, at)) === CLASS.DIGIT) return UNTERMINATED;
  while (isTagByte(byteAt(bytes, at))) at++;
  return byteAt(bytes, at) === BYTE.DOLLAR ? at + 1 : UNTERMINATED;
}

function isTagByte(byte: number): boolean {
  const found = classOf(byte);
  return found === CLASS.WORD || found === CLASS.DIGIT;
}

function isWordByte(byte: number): boolean {
  return isTagByte(byte) || byte === BYTE.DOLLAR;
}

function classifyBytes(): Uint8Array {
  const classes = new Uint8Array(256);
  const set = (bytes: Iterable<number>, value: number): void => {
    for (const byte of bytes) classes[byte] = value;
  };
  set(Buffer.from(' \t\n\f\v'), CLASS.BLANK);
  set(Buffer.from('0123456789'), CLASS.DIGIT);
  set(Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_'), CLASS.WORD);
  classes.fill(CLASS.WORD, 0x80);
  set(
    Object.values(BYTE).filter((byte) => byte !== BYTE.NEWLINE && byte !== BYTE.STAR),
    CLASS.SPECIAL,
  );
  return classes;
}
