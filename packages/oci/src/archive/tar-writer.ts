/**
 * Members as tar writes them: the same bytes for the same content, whatever machine and day it is.
 *
 * @module
 */
import type { Bytes } from '@squizzle/oci-spec';
import { formatPaxRecords } from './pax-records.ts';
import { BLOCK_BYTES, formatTarHeader, MAX_OCTAL_SIZE, paddingOf } from './tar-header.ts';

/** Bytes of a name that fit into a header. */
const NAME_BYTES = 100;

/** @param content exactly `size` bytes. */
export async function* tarFile(
  name: string,
  size: number,
  content: Bytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  const records = new Map<string, string>();
  if (name.length > NAME_BYTES) records.set('path', name);
  if (size > MAX_OCTAL_SIZE) records.set('size', String(size));
  if (records.size > 0) yield extendedHeader(records);
  yield formatTarHeader({ name: name.slice(0, NAME_BYTES), size, type: '0' });
  yield* content;
  const padding = paddingOf(size);
  if (padding > 0) yield new Uint8Array(padding);
}

/** @param name with its slash. */
export function tarFolder(name: string): Uint8Array {
  return formatTarHeader({ name, size: 0, type: '5' });
}

/** Two empty blocks. */
export function tarEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK_BYTES);
}

function extendedHeader(records: ReadonlyMap<string, string>): Uint8Array {
  const body = formatPaxRecords(records);
  const header = formatTarHeader({ name: 'PaxHeader', size: body.byteLength, type: 'x' });
  return Buffer.concat([header, body, new Uint8Array(paddingOf(body.byteLength))]);
}
