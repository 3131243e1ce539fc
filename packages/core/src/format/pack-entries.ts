/**
 * Entries as a tar that is the same bytes on every machine: owner 0, one time for all, modes as the entries say.
 *
 * Nothing is read before it is asked for: one entry at a time is in memory, of a file one chunk.
 *
 * @module
 */
import type { FileEntry, LayerEntries, LayerEntry } from './layer-entry.ts';
import { BLOCK_BYTES, encodeTarHeader, paddingAfter, type TarHeader } from './tar-header.ts';

export interface PackOptions {
  /** Of every entry, in whole seconds. Default: 1970-01-01T00:00:00Z. */
  readonly modified?: Date | undefined;
}

const EPOCH = new Date(0);
/** Links have no permissions of their own; this is what systems show for them. */
const LINK_MODE = 0o777;
/** Eleven octal digits: the year 2242. */
const LATEST_SECONDS = 8 ** 11 - 1;

/**
 * @throws {RangeError} when a file has not the size it said, or `modified` cannot be written. What `entries` and
 *   `open` throw passes unchanged.
 */
export async function* packEntries(
  entries: LayerEntries,
  { modified = EPOCH }: PackOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const seconds = Math.floor(modified.getTime() / 1000);
  if (!(seconds >= 0 && seconds <= LATEST_SECONDS)) throw new RangeError('a layer cannot say a time of that year');
  for await (const entry of entries) {
    yield encodeTarHeader({ ...describe(entry), modified: seconds });
    if (entry.type !== 'file') continue;
    yield* exactly(entry);
    yield paddingAfter(entry.sizeBytes);
  }
  yield new Uint8Array(2 * BLOCK_BYTES);
}

function describe(entry: LayerEntry): Omit<TarHeader, 'modified'> {
  const { type } = entry;
  switch (type) {
    case 'folder':
      return { type, name: `${entry.path}/`, mode: entry.mode, sizeBytes: 0, target: '' };
    case 'file':
      return { type, name: entry.path, mode: entry.mode, sizeBytes: entry.sizeBytes, target: '' };
    case 'link':
      return { type, name: entry.path, mode: LINK_MODE, sizeBytes: 0, target: entry.target };
  }
}

async function* exactly({ path, sizeBytes, open }: FileEntry): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0;
  for await (const chunk of open()) {
    size += chunk.byteLength;
    if (size > sizeBytes) throw new RangeError(`${path}: more than the ${sizeBytes} bytes that were announced`);
    yield chunk;
  }
  if (size < sizeBytes) throw new RangeError(`${path}: ${size} bytes of ${sizeBytes} that were announced`);
}
