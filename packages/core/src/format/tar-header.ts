/**
 * The blocks that stand before an entry in a tar: POSIX ustar, and an extended header where that has no room.
 *
 * Written here because these bytes are part of the format: they are those of tar-stream 3, which wrote the first
 * releases, and sizes from 8 GiB are said in the extended header as well.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 * @module
 */
export interface TarHeader {
  /** Of a folder with its `/`. */
  readonly name: string;
  readonly type: 'file' | 'folder' | 'link';
  readonly mode: number;
  readonly sizeBytes: number;
  /** Seconds since 1970. */
  readonly modified: number;
  /** Where a link leads; empty for everything else. */
  readonly target: string;
}

export const BLOCK_BYTES = 512;

const TYPE_FLAGS = { file: '0', folder: '5', link: '2', extended: 'x' } as const;
/** What readers show that do not know extended headers. */
const EXTENDED_NAME = 'PaxHeader';
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** Eleven octal digits. */
const LARGEST_SIZE = 8 ** 11 - 1;

export function encodeTarHeader(header: TarHeader): Uint8Array {
  const place = placeName(header.name);
  const longTarget = !isShortAscii(header.target);
  if (place !== undefined && !longTarget && header.sizeBytes <= LARGEST_SIZE) {
    return ustarBlock({ ...header, ...place, flag: TYPE_FLAGS[header.type] });
  }
  const records = Buffer.from(
    extendedRecord('path', header.name) +
      (longTarget ? extendedRecord('linkpath', header.target) : '') +
      (header.sizeBytes > LARGEST_SIZE ? extendedRecord('size', String(header.sizeBytes)) : ''),
  );
  const target = header.target === '' || !longTarget ? header.target : EXTENDED_NAME;
  const plain = { ...header, name: EXTENDED_NAME, prefix: '', target };
  return Buffer.concat([
    ustarBlock({ ...plain, sizeBytes: records.byteLength, flag: TYPE_FLAGS.extended }),
    records,
    paddingAfter(records.byteLength),
    ustarBlock({ ...plain, flag: TYPE_FLAGS[header.type] }),
  ]);
}

/** Zeros up to the next block. */
export function paddingAfter(sizeBytes: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

interface NamePlace {
  readonly name: string;
  readonly prefix: string;
}

/** A long path is cut at the first slash behind which it fits; `undefined` when there is none, or it is not ASCII. */
function placeName(path: string): NamePlace | undefined {
  if (!isAscii(path)) return undefined;
  if (path.length <= NAME_BYTES) return { name: path, prefix: '' };
  const cut = path.indexOf('/', path.length - NAME_BYTES - 1);
  if (cut === -1 || cut > PREFIX_BYTES) return undefined;
  return { name: path.slice(cut + 1), prefix: path.slice(0, cut) };
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function isShortAscii(text: string): boolean {
  return isAscii(text) && text.length <= NAME_BYTES;
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function extendedRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  const digits = String(bytes + String(bytes).length).length;
  return `${bytes + digits}${rest}`;
}

interface UstarFields extends NamePlace {
  readonly flag: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly modified: number;
  readonly target: string;
}

function ustarBlock(fields: UstarFields): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, digits: number, at: number): void => {
    block.write(`${value.toString(8).padStart(digits, '0')} `, at, 'latin1');
  };
  block.write(fields.name, 0, 'latin1');
  octal(fields.mode, 6, 100);
  octal(0, 6, 108);
  octal(0, 6, 116);
  if (fields.sizeBytes <= LARGEST_SIZE) octal(fields.sizeBytes, 11, 124);
  else writeLargeSize(block, fields.sizeBytes);
  octal(fields.modified, 11, 136);
  block.write(`${fields.flag}${fields.target}`, 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  octal(0, 6, 329);
  octal(0, 6, 337);
  block.write(fields.prefix, 345, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.fill(0, 148, 156);
  octal(sum, 6, 148);
  return block;
}

/** As GNU tar writes it, for readers that take no size from an extended header: base 256, marked by the first bit. */
function writeLargeSize(block: Buffer, sizeBytes: number): void {
  block.writeUInt8(0x80, 124);
  block.writeBigUInt64BE(BigInt(sizeBytes), 128);
}
