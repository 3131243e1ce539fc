/**
 * The members of a tar from anyone: regular files and folders under names that harm nobody, or `ARCHIVE_INVALID`.
 *
 * Every byte of the archive is accounted for up to its end: two programs must not see two archives.
 *
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 * @module
 */
import type { Refuse } from './archive-error.ts';
import { ARCHIVE_LIMITS } from './archive-limits.ts';
import { createPathGuard, type EntryKind } from './entry-path.ts';
import { decodeUtf8, parsePaxRecords } from './pax-records.ts';
import { BLOCK_BYTES, isZeroBlock, paddingOf, parseTarHeader, type TarHeader } from './tar-header.ts';
import { take, type TarInput } from './tar-input.ts';

export interface TarEntry {
  /** Relative, POSIX, `''` for the top folder. */
  readonly path: string;
  readonly kind: EntryKind;
  readonly size: number;
  /** Where the content begins in the archive. */
  readonly offset: number;
  /** Someone may execute the file. */
  readonly executable: boolean;
  /** Once, and before the next entry is asked for. What is not read is passed over. */
  content(): AsyncGenerator<Uint8Array, void, undefined>;
}

export interface TarEntriesOptions {
  readonly refuse: Refuse;
  readonly maxEntries: number;
  /** Of all contents together. */
  readonly maxBytes: number;
}

const KINDS: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a fifo',
  S: 'a sparse file',
};

/** What the headers before a member say about it. */
interface Overrides {
  readonly name?: string | undefined;
  readonly size?: number | undefined;
}

/** @throws {SquizzleError} `ARCHIVE_INVALID`, at the first member that is at fault. */
export async function* readTarEntries(
  input: TarInput,
  { refuse, maxEntries, maxBytes }: TarEntriesOptions,
): AsyncGenerator<TarEntry, void, undefined> {
  const guard = createPathGuard(refuse);
  let overrides: Overrides = {};
  let bytes = 0;
  for (let count = 1; ; count += 1) {
    const header = await readHeader(input, refuse);
    if (header === undefined) break;
    if (count > maxEntries) refuse(null, `has more than ${maxEntries} members`);
    if (isMetadata(header)) {
      overrides = mergeOverrides(overrides, await readMetadata(header, input, refuse));
      continue;
    }
    const entry = toEntry(header, overrides, input, guard, refuse);
    overrides = {};
    bytes += entry.size;
    if (bytes > maxBytes) refuse(entry.path, `brings the archive to more than ${maxBytes} bytes`);
    yield entry;
    await passOver(input, entry, refuse);
  }
  if (overrides.name !== undefined || overrides.size !== undefined) refuse(null, 'ends with a header for no member');
}

/** A later header counts where both say something. */
function mergeOverrides(earlier: Overrides, later: Overrides): Overrides {
  return { ...earlier, ...later };
}

/** `undefined` at the end of the archive, behind which nothing but zeros may be. */
async function readHeader(input: TarInput, refuse: Refuse): Promise<TarHeader | undefined> {
  const block = await take(input, BLOCK_BYTES);
  if (block.byteLength < BLOCK_BYTES) return refuse(null, 'is cut short: it has no end mark');
  if (isZeroBlock(block)) {
    await readPadding(input, refuse);
    return undefined;
  }
  const header = parseTarHeader(block);
  return 'fault' in header ? refuse(null, header.fault) : header;
}

async function readPadding(input: TarInput, refuse: Refuse): Promise<void> {
  let size = 0;
  for await (const chunk of input.read(ARCHIVE_LIMITS.paddingBytes + 1)) {
    size += chunk.byteLength;
    if (!isZeroBlock(chunk)) refuse(null, 'has content behind its end');
  }
  if (size > ARCHIVE_LIMITS.paddingBytes) refuse(null, 'has too much padding behind its end');
}

function isMetadata({ type }: TarHeader): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

async function readMetadata({ type, size }: TarHeader, input: TarInput, refuse: Refuse): Promise<Overrides> {
  if (size > ARCHIVE_LIMITS.metadataBytes) return refuse(null, `has an extended header of ${size} bytes`);
  const bytes = await take(input, size);
  const padded = await input.skip(paddingOf(size));
  if (bytes.byteLength + padded < size + paddingOf(size)) return refuse(null, 'is cut short in a header');
  if (type === 'K') return {}; // the target of a link, which is refused anyway
  if (type === 'L') return { name: decodeName(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes, refuse) };
  return readPax(bytes, type === 'g', refuse);
}

function readPax(bytes: Uint8Array, isGlobal: boolean, refuse: Refuse): Overrides {
  const records = parsePaxRecords(bytes);
  if (records === undefined) return refuse(null, 'has an extended header that cannot be read');
  const [name, size] = [records.get('path'), records.get('size')];
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse.'))) return refuse(name ?? null, 'is a sparse file');
  if (records.has('hdrcharset')) return refuse(name ?? null, 'has a name that is not in UTF-8');
  if (isGlobal && (name !== undefined || size !== undefined)) return refuse(null, 'gives all members one name or size');
  if (size !== undefined && !/^\d{1,15}$/.test(size)) return refuse(name ?? null, 'has an unreadable size');
  return {
    ...(name === undefined ? {} : { name }),
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}

function toEntry(
  header: TarHeader,
  overrides: Overrides,
  input: TarInput,
  guard: ReturnType<typeof createPathGuard>,
  refuse: Refuse,
): TarEntry {
  const written = overrides.name ?? decodeName(header.name, refuse);
  const kind = kindOf(header, written, refuse);
  const size = overrides.size ?? header.size;
  if (kind === 'folder' && size > 0) refuse(written, 'is a folder with content');
  const path = guard(written, kind);
  const executable = (header.mode & 0o111) !== 0;
  return { path, kind, size, offset: input.position(), executable, content: () => input.read(size) };
}

/** The old tar tells folders by their slash. */
function kindOf({ type }: TarHeader, written: string, refuse: Refuse): EntryKind {
  if (type === '5') return 'folder';
  if (type === '0') return written.endsWith('/') ? 'folder' : 'file';
  return refuse(written, `is ${KINDS[type] ?? 'of an unknown kind'}: only files and folders may be`);
}

function decodeName(bytes: Uint8Array, refuse: Refuse): string {
  return decodeUtf8(bytes) ?? refuse(Buffer.from(bytes).toString('latin1'), 'has a name that is not in UTF-8');
}

async function passOver(input: TarInput, { path, size, offset }: TarEntry, refuse: Refuse): Promise<void> {
  const end = offset + size + paddingOf(size);
  const left = end - input.position();
  if ((await input.skip(left)) < left) refuse(path, 'is cut short');
}
