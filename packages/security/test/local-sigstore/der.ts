/**
 * As much of DER as certificates and timestamps need: written whole, read one level at a time.
 *
 * @see https://www.itu.int/rec/T-REC-X.690 (chapters 8 to 10)
 * @module
 */
const LONG_FORM = 0x80;

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

export function encode(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag), encodeLength(content.length), content]);
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => encode(0x30, ...items);
/** DER has the members of a set in the order of their bytes. */
export const set = (...items: readonly Uint8Array[]): Buffer => encode(0x31, ...items.toSorted(Buffer.compare));
export const octets = (content: Uint8Array): Buffer => encode(0x04, content);
export const bits = (content: Uint8Array, unused = 0): Buffer => encode(0x03, Uint8Array.of(unused), content);
export const text = (value: string): Buffer => encode(0x0c, Buffer.from(value));
export const yes = Buffer.from([0x01, 0x01, 0xff]);
/** `[number]`, around other values. */
export const explicit = (number: number, ...items: readonly Uint8Array[]): Buffer => encode(0xa0 + number, ...items);
/** `[number]`, in place of a primitive value's own tag. */
export const implicit = (number: number, content: Uint8Array): Buffer => encode(0x80 + number, content);

/** A number that is not negative, big-endian where it has several bytes. */
export function integer(value: number | Uint8Array): Buffer {
  const bytes = typeof value === 'number' ? Uint8Array.of(value) : value;
  return encode(0x02, (bytes[0] ?? 0) >= LONG_FORM ? Uint8Array.of(0) : Uint8Array.of(), bytes);
}

/** `2.5.29.17`: the first two numbers share a byte, the others have seven bits in each of theirs. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encode(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap((part) => toBase128(part))]));
}

export const utcTime = (at: Date): Buffer => encode(0x17, Buffer.from(digitsOf(at).slice(2)));

/** Whole seconds: readers differ in what they make of fractions, whose trailing zeros DER forbids. */
export const generalizedTime = (at: Date): Buffer => encode(0x18, Buffer.from(digitsOf(at)));

/** The values that follow one another in `bytes`. */
export function readValues(bytes: Uint8Array): readonly DerValue[] {
  const values: DerValue[] = [];
  let rest = Buffer.from(bytes);
  while (rest.length > 0) {
    const [tag = 0, first = 0] = rest;
    const extra = first < LONG_FORM ? 0 : first - LONG_FORM;
    const length = extra === 0 ? first : rest.readUIntBE(2, extra);
    const end = 2 + extra + length;
    if (end > rest.length) throw new RangeError(`DER: ${end} bytes announced, ${rest.length} are there`);
    values.push({ tag, content: rest.subarray(2 + extra, end) });
    rest = rest.subarray(end);
  }
  return values;
}

const digitsOf = (at: Date): string => at.toISOString().replaceAll(/[-:T]|\.\d+/g, '');

function encodeLength(length: number): Uint8Array {
  if (length < LONG_FORM) return Uint8Array.of(length);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Uint8Array.of(LONG_FORM + bytes.length, ...bytes);
}

function toBase128(value: number): number[] {
  const low = value & 0x7f;
  return value < LONG_FORM ? [low] : [...toBase128(value >> 7).map((byte) => byte | LONG_FORM), low];
}
