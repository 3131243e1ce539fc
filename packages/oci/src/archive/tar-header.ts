/**
 * The 512-byte header of a tar member: ustar, GNU's and the old one. Pure.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar interchange format)
 * @module
 */
export const BLOCK_BYTES = 512;

export interface TarHeader {
  /** As written: not checked, perhaps not even UTF-8, hence bytes. */
  readonly name: Uint8Array;
  readonly size: number;
  readonly mode: number;
  /** One character; `0` also where an old tar writes NUL. */
  readonly type: string;
}

/** Why the block is no header, in words for people. */
export type HeaderFault = { readonly fault: string };

const FIELD = {
  name: [0, 100],
  mode: [100, 108],
  size: [124, 136],
  checksum: [148, 156],
  type: [156, 157],
  magic: [257, 263],
  prefix: [345, 500],
} as const satisfies Record<string, readonly [number, number]>;

/** The largest size that fits: eleven octal digits. */
export const MAX_OCTAL_SIZE = 0o77777777777;
const SPACE = 0x20;
const SLASH = 0x2f;

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

export function parseTarHeader(block: Uint8Array): TarHeader | HeaderFault {
  const [size, mode, checksum] = [numberIn(block, 'size'), numberIn(block, 'mode'), numberIn(block, 'checksum')];
  if (checksum !== checksumOf(block)) return { fault: 'is not a tar, or is damaged: a header has another checksum' };
  if (size === undefined) return { fault: 'has a member of a negative, huge or unreadable size' };
  const type = textIn(block, 'type');
  return { name: fullName(block), size, mode: mode ?? 0, type: type === '' ? '0' : type };
}

export interface NewTarHeader {
  /** At most 100 bytes. */
  readonly name: string;
  readonly size: number;
  readonly type: '0' | '5' | 'x';
}

/** Owner 0, fixed modes, the epoch as time: the same members make the same bytes. */
export function formatTarHeader({ name, size, type }: NewTarHeader): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string): void => block.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, type === '5' ? '0000755\0' : '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${Math.min(size, MAX_OCTAL_SIZE).toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(156, type);
  put(257, 'ustar\x0000');
  put(148, `${checksumOf(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** Bytes that fill the last block of content this long. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Only ustar has a prefix: GNU keeps times in that place. */
function fullName(block: Uint8Array): Uint8Array {
  const name = bytesIn(block, 'name');
  const prefix = textOf(block, 'magic') === 'ustar\0' ? bytesIn(block, 'prefix') : new Uint8Array(0);
  return prefix.byteLength === 0 ? name : Uint8Array.of(...prefix, SLASH, ...name);
}

/** Up to the first NUL. */
function bytesIn(block: Uint8Array, field: keyof typeof FIELD): Uint8Array {
  const bytes = block.subarray(...FIELD[field]);
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

function textIn(block: Uint8Array, field: keyof typeof FIELD): string {
  return Buffer.from(bytesIn(block, field)).toString('latin1');
}

function textOf(block: Uint8Array, field: keyof typeof FIELD): string {
  return Buffer.from(block.subarray(...FIELD[field])).toString('latin1');
}

/** Octal digits, or GNU's base 256; `undefined` for anything else, below zero or beyond what is exact. */
function numberIn(block: Uint8Array, field: keyof typeof FIELD): number | undefined {
  const bytes = block.subarray(...FIELD[field]);
  if (((bytes[0] ?? 0) & 0x80) === 0) {
    const text = textIn(block, field).trim();
    return /^[0-7]*$/.test(text) ? Number.parseInt(text === '' ? '0' : text, 8) : undefined;
  }
  if (bytes[0] !== 0x80) return undefined;
  const value = bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The sum of all bytes, those of the checksum read as spaces. */
function checksumOf(block: Uint8Array): number {
  const [from, to] = FIELD.checksum;
  return block.reduce((sum, byte, at) => sum + (at >= from && at < to ? SPACE : byte), 0);
}
