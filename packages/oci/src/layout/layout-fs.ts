/**
 * The few file system functions that a layout folder needs, and reading with them.
 *
 * `node:fs/promises` is one `LayoutFs`. Tests pass another, to see the order of calls and to fail any of them.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import { guarded, guardedIfThere, storeUnusable } from './store-error.ts';

/** An open file, or a folder opened to be flushed. The parts of a `FileHandle` that are used. */
export interface LayoutFile {
  read(buffer: Uint8Array, offset: number, length: number, position: null): Promise<{ readonly bytesRead: number }>;
  /** Writes all of it after what was written before. */
  writeFile(data: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  utimes(atime: Date, mtime: Date): Promise<void>;
  close(): Promise<void>;
}

/** The parts of `node:fs/promises` that are used. */
export interface LayoutFs {
  /** `wx` creates and fails with EEXIST when the name is taken. */
  open(path: string, flags: 'r' | 'wx', mode?: number): Promise<LayoutFile>;
  /** Resolves to the first folder it had to create. */
  mkdir(path: string, options: { readonly recursive: true }): Promise<string | undefined>;
  readdir(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  stat(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }>;
}

/** Bytes read at once: few calls for a large layer, little memory for many readers. */
const READ_BYTES = 128 * 1024;

/** The size of the file, or `undefined` when there is none. */
export async function fileSize(fs: LayoutFs, path: string): Promise<number | undefined> {
  const found = await guardedIfThere(path, fs.stat(path));
  return found?.size;
}

/** Names in the folder; none when it does not exist. */
export async function namesIn(fs: LayoutFs, path: string): Promise<readonly string[]> {
  return (await guardedIfThere(path, fs.readdir(path))) ?? [];
}

/** The content in fresh buffers, one in memory at a time. The file is closed however reading ends. */
export async function* readChunks(path: string, file: LayoutFile): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (;;) {
      const buffer = new Uint8Array(READ_BYTES);
      const { bytesRead } = await guarded(path, file.read(buffer, 0, buffer.byteLength, null));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await guarded(path, file.close());
  }
}

/** The whole of a file that should be small, or `undefined` when there is none. */
export async function readSmallFile(fs: LayoutFs, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = await guardedIfThere(path, fs.open(path, 'r'));
  if (file === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readChunks(path, file)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw storeUnusable(path, `larger than ${maxBytes} bytes, which no such file should be`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Removes a file. One that is not there is as good as removed. */
export async function removeFile(fs: Pick<LayoutFs, 'unlink'>, path: string): Promise<void> {
  await guardedIfThere(path, fs.unlink(path));
}

/** Removes a file while another error is on its way, which must not be hidden by a second one. */
export async function discardFile(fs: Pick<LayoutFs, 'unlink'>, path: string): Promise<void> {
  try {
    await removeFile(fs, path);
  } catch (thrown) {
    if (!isSquizzleError(thrown, 'STORE_UNUSABLE')) throw thrown;
  }
}
