/**
 * As much of DER as a certificate needs: tag, length, content.
 *
 * @see https://www.itu.int/rec/T-REC-X.690 (chapter 8 to 10)
 * @module
 */
const LONG_FORM = 0x80;

export function encode(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag), encodeLength(content.length), content]);
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => encode(0x30, ...items);
export const set = (...items: readonly Uint8Array[]): Buffer => encode(0x31, ...items);
export const octets = (content: Uint8Array): Buffer => encode(0x04, content);
export const bits = (content: Uint8Array, unused = 0): Buffer => encode(0x03, Uint8Array.of(unused), content);
export const text = (value: string): Buffer => encode(0x0c, Buffer.from(value));
export const yes = Buffer.from([0x01, 0x01, 0xff]);
/** `[number]`, around other values. */
export const explicit = (number: number, ...items: readonly Uint8Array[]): Buffer => encode(0xa0 + number, ...items);
/** `[number]`, in place of a primitive value's own tag. */
export const implicit = (number: number, content: Uint8Array): Buffer => encode(0x80 + number, content);

/** A number that is not negative. */
export function integer(value: number | Uint8Array): Buffer {
  const bytes = typeof value === 'number' ? Uint8Array.of(value) : value;
  return encode(0x02, (bytes[0] ?? 0) >= LONG_FORM ? Uint8Array.of(0) : Uint8Array.of(), bytes);
}

/** `2.5.29.17`: the first two numbers share a byte, the others have seven bits in each of theirs. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encode(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(toBase128)]));
}

/** UTCTime until 2049, GeneralizedTime after that. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return at.getUTCFullYear() < 2050 ? encode(0x17, Buffer.from(digits.slice(2))) : encode(0x18, Buffer.from(digits));
}

function encodeLength(length: number): Uint8Array {
  if (length < LONG_FORM) return Uint8Array.of(length);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Uint8Array.of(LONG_FORM + bytes.length, ...bytes);
}

function toBase128(value: number): number[] {
  const low = value & 0x7f;
  return value < LONG_FORM ? [low] : [...toBase128(value >> 7).map((byte) => byte | LONG_FORM), low];
}
