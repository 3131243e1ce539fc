/**
 * Reading an entry: its bytes are known to be right before the first of them is given.
 *
 * A reader that has seen half of a damaged entry could not be given the rest from elsewhere. So small entries are read
 * into memory and checked there, and large ones are read twice, and checked twice: files change between two readings.
 *
 * @module
 */
import { constants } from 'node:fs/promises';
import { SquizzleError } from '@squizzle/core';
import { isContentError, verifiedContent, verifyContent, type ContentId } from '@squizzle/oci-spec';
import { readChunks, type LayoutFile } from '../layout/layout-fs.ts';
import { guardedIfThere } from '../layout/store-error.ts';
import { requireOwnFolders, type CacheFs, type CachePaths } from './cache-folder.ts';

/** Held whole. */
const SMALL_BYTES = 1024 * 1024;
/** An entry's time is set when it is older: who prunes by days needs no more, and reading writes little. */
const TOUCH_MS = 60 * 60 * 1000;

export type ReadOutcome =
  | { readonly outcome: 'whole'; readonly content: AsyncIterable<Uint8Array> }
  | { readonly outcome: 'missing' | 'damaged' };

/** @throws {SquizzleError} `STORE_UNUSABLE`; the signal's reason. */
export async function readEntry(
  fs: CacheFs,
  paths: CachePaths,
  expected: ContentId,
  signal: AbortSignal | undefined,
): Promise<ReadOutcome> {
  const path = paths.blob(expected.digest);
  await requireOwnFolders(fs, paths.above(path));
  const found = await guardedIfThere(path, fs.lstat(path));
  if (found === undefined) return { outcome: 'missing' };
  if (!found.isFile()) return { outcome: 'damaged' };
  const file = await openEntry(fs, path);
  if (file === undefined) return { outcome: 'missing' };
  if (Date.now() - found.mtimeMs > TOUCH_MS) await touch(file);
  const chunks: Uint8Array[] = [];
  const keep = expected.size <= SMALL_BYTES ? (chunk: Uint8Array) => chunks.push(chunk) : () => 0;
  if (!(await isWhole(readChunks(path, file), expected, keep, signal))) return { outcome: 'damaged' };
  if (expected.size <= SMALL_BYTES) return { outcome: 'whole', content: inTurn(chunks) };
  const content = verifiedContent(() => readAgain(fs, path, expected, signal), expected);
  return { outcome: 'whole', content };
}

/** Neither a link is followed nor a pipe waited for that took the entry's place just now. Windows knows neither flag. */
const READ_FILE = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** `undefined` when there is none. */
export async function openEntry(fs: CacheFs, path: string): Promise<LayoutFile | undefined> {
  return guardedIfThere(path, fs.open(path, READ_FILE));
}

/** Whether it is what it should be; `keep` sees every chunk. */
export async function isWhole(
  content: AsyncIterable<Uint8Array>,
  expected: ContentId,
  keep: (chunk: Uint8Array) => unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    for await (const chunk of verifyContent(content, expected)) {
      signal?.throwIfAborted();
      keep(chunk);
    }
    return true;
  } catch (thrown) {
    if (isContentError(thrown)) return false;
    throw thrown;
  }
}

/** @throws {SquizzleError} `CONTENT_NOT_FOUND` when somebody removed the entry since it was checked. */
async function* readAgain(
  fs: CacheFs,
  path: string,
  { digest }: ContentId,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openEntry(fs, path);
  if (file === undefined) {
    throw new SquizzleError('CONTENT_NOT_FOUND', `the cache lost ${digest}; read it from the store`, { digest });
  }
  for await (const chunk of readChunks(path, file)) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

async function* inTurn(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

/** Best effort: who may not write the cache may still read it. */
async function touch(file: LayoutFile): Promise<void> {
  const now = new Date();
  await file.utimes(now, now).catch(() => undefined);
}
