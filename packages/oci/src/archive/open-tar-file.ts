/**
 * An archive file, opened for reading at any place. A gzip is unpacked into a temporary file first.
 *
 * The temporary file has no name while it is used, where the system allows that: also a killed process leaves nothing.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { constants, open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { guarded, hasSystemCode, storeUnusable } from '../layout/store-error.ts';
import { untilAborted } from '../layout/until-aborted.ts';
import type { Refuse } from './archive-error.ts';
import { readRange } from './tar-input.ts';
import { compressionOf, unpackGzip } from './unpack-gzip.ts';

export interface TarFile {
  /** For messages: where reads may fail. */
  readonly path: string;
  readonly file: FileHandle;
  readonly size: number;
  close(): Promise<void>;
}

export interface OpenTarOptions {
  readonly refuse: Refuse;
  readonly maxBytes: number;
  readonly temporaryFolder: string;
  readonly signal: AbortSignal | undefined;
}

/** @throws {SquizzleError} `STORE_UNUSABLE` when there is no such file; `ARCHIVE_INVALID` as `unpackGzip`. */
export async function openTarFile(path: string, options: OpenTarOptions): Promise<TarFile> {
  options.signal?.throwIfAborted();
  const file = await openExisting(path);
  try {
    const stat = await guarded(path, file.stat());
    if (!stat.isFile()) throw storeUnusable(path, 'is no file; name an archive, or use the folder as a store');
    const head = Buffer.alloc(4);
    await guarded(path, file.read(head, 0, head.byteLength, 0));
    const compression = compressionOf(head);
    if (compression === 'none') return { path, file, size: stat.size, close: async () => file.close() };
    if (compression !== 'gzip') options.refuse(null, `is compressed with ${compression}: unpack it with that first`);
    const unpacked = await unpackToTemporary(readRange(path, file, 0, stat.size), options);
    await file.close();
    return unpacked;
  } catch (thrown) {
    await file.close().catch(() => undefined);
    throw thrown;
  }
}

/** Opening a pipe waits for somebody to write into it, unless told not to. Windows knows no such flag, and no such pipes. */
const READ_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

async function openExisting(path: string): Promise<FileHandle> {
  try {
    return await guarded(path, open(path, READ_AT_ONCE));
  } catch (thrown) {
    if (!hasSystemCode(thrown, 'ENOENT')) throw thrown;
    const details = { path, systemCode: 'ENOENT' };
    throw new SquizzleError('STORE_UNUSABLE', `${path}: there is no such file; check the path`, details);
  }
}

async function unpackToTemporary(
  source: AsyncIterable<Uint8Array>,
  { refuse, maxBytes, temporaryFolder, signal }: OpenTarOptions,
): Promise<TarFile> {
  const path = join(temporaryFolder, `squizzle-archive-${randomUUID()}.tar`);
  const file = await guarded(path, open(path, 'wx+', 0o600));
  const isNameless = await unlink(path).then(
    () => true,
    () => false, // Windows keeps the name of what is open
  );
  const close = async (): Promise<void> => {
    await file.close();
    if (!isNameless) await guarded(path, unlink(path));
  };
  try {
    let size = 0;
    for await (const chunk of unpackGzip(untilAborted(source, signal), refuse, maxBytes)) {
      await guarded(path, file.writeFile(chunk));
      size += chunk.byteLength;
    }
    return { path, file, size, close };
  } catch (thrown) {
    await close().catch(() => undefined);
    throw thrown;
  }
}
