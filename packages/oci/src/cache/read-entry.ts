/**
 * Reading an entry: its bytes are known to be right before the first of them is given.
 *
 * A reader that has seen half of a damaged entry could not be given the rest from elsewhere. So small entries are read
 * into memory and checked there, and large ones are read twice.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { isContentError, verifyContent, type ContentId } from '@squizzle/oci-spec';
import { readChunks, type LayoutFile } from '../layout/layout-fs.ts';
import { guardedIfThere } from '../layout/store-error.ts';
import type { CacheFs } from './cache-folder.ts';

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
  path: string,
  expected: ContentId,
  signal: AbortSignal | undefined,
): Promise<ReadOutcome> {
  const found = await guardedIfThere(path, fs.stat(path));
  const file = found === undefined ? undefined : await guardedIfThere(path, fs.open(path, 'r'));
  if (found === undefined || file === undefined) return { outcome: 'missing' };
  if (Date.now() - found.mtimeMs > TOUCH_MS) await touch(file);
  const chunks: Uint8Array[] = [];
  const keep = expected.size <= SMALL_BYTES ? (chunk: Uint8Array) => chunks.push(chunk) : () => 0;
  if (!(await isWhole(readChunks(path, file), expected, keep, signal))) return { outcome: 'damaged' };
  const content = expected.size <= SMALL_BYTES ? inTurn(chunks) : readAgain(fs, path, expected, signal);
  return { outcome: 'whole', content };
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
  const file = await guardedIfThere(path, fs.open(path, 'r'));
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
