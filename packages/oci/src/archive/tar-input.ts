/**
 * Where a tar is read from, forwards: a file, whose content is passed over without reading, or a stream.
 *
 * @module
 */
import type { FileHandle } from 'node:fs/promises';
import type { Bytes } from '@squizzle/oci-spec';
import { guarded } from '../layout/store-error.ts';

export interface TarInput {
  /** Bytes from the start to where reading is. */
  position(): number;
  /** The next bytes, in pieces; fewer only where the input ends. */
  read(length: number): AsyncGenerator<Uint8Array, void, undefined>;
  /** Passes bytes over; answers how many there were. */
  skip(length: number): Promise<number>;
}

const READ_BYTES = 256 * 1024;

/** The next bytes in one piece, fewer only where the input ends. */
export async function take(input: TarInput, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const chunk of input.read(length)) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes.subarray(0, at);
}

/** @param size of the file when it was opened: what is added later is not read. */
export function createFileInput(path: string, file: FileHandle, size: number): TarInput {
  let at = 0;
  return {
    position: () => at,
    async *read(length) {
      const end = Math.min(at + length, size);
      while (at < end) {
        const chunk = await readAt(path, file, at, Math.min(READ_BYTES, end - at));
        if (chunk.byteLength === 0) return;
        at += chunk.byteLength;
        yield chunk;
      }
    },
    async skip(length) {
      const skipped = Math.min(length, size - at);
      at += skipped;
      return skipped;
    },
  };
}

/** A part of the file, from any place in it; ends early where the file does. */
export async function* readRange(
  path: string,
  file: FileHandle,
  offset: number,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = offset; at < offset + length;) {
    const chunk = await readAt(path, file, at, Math.min(READ_BYTES, offset + length - at));
    if (chunk.byteLength === 0) return;
    at += chunk.byteLength;
    yield chunk;
  }
}

async function readAt(path: string, file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  const { bytesRead } = await guarded(path, file.read(buffer, 0, length, at));
  return buffer.subarray(0, bytesRead);
}

/** Close the source after use: what stops early leaves it open. */
export function createStreamInput(source: Bytes): TarInput & { close(): Promise<void> } {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let held: Uint8Array = new Uint8Array(0);
  let at = 0;
  const read = async function* (length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0;) {
      if (held.byteLength === 0) {
        const next = await iterator.next();
        if (next.done === true) return;
        held = next.value;
      }
      const chunk = held.subarray(0, left);
      held = held.subarray(chunk.byteLength);
      left -= chunk.byteLength;
      at += chunk.byteLength;
      yield chunk;
    }
  };
  return {
    position: () => at,
    read,
    async skip(length) {
      let skipped = 0;
      for await (const chunk of read(length)) skipped += chunk.byteLength;
      return skipped;
    },
    async close() {
      await iterator.return?.();
    },
  };
}
