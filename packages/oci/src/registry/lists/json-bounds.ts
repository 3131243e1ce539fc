/**
 * How deep and how much a JSON text is, known before it is parsed: eight million brackets are short to send and long to
 * hold.
 *
 * @module
 */
export interface JsonBounds {
  /** Objects and arrays inside one another. */
  readonly depth: number;
  /** Values of any kind, in all. */
  readonly values: number;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** One pass over the bytes. Of what is no JSON it says nothing. */
export function isWithinBounds(json: Uint8Array, bounds: JsonBounds): boolean {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfText(json, at);
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth -= 1;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT || byte === COMMA) {
      values += 1;
      if (byte !== COMMA) depth += 1;
      if (depth > bounds.depth || values > bounds.values) return false;
    }
  }
  return true;
}

/** The index of the closing quote, or beyond the last byte where there is none. */
function endOfText(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
