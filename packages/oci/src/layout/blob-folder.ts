/**
 * Blobs as files named by their digest. A file in place is whole; a damaged one is found when it is read.
 *
 * @module
 */
import { dirname, join } from 'node:path';
import { SquizzleError, type CallOptions } from '@squizzle/core';
import { isVerifiedAs, verifyContent, type Bytes, type ContentId, type Digest } from '@squizzle/oci-spec';
import { discardFile, fileSize, namesIn, readChunks, removeFile, type LayoutFs } from './layout-fs.ts';
import type { LayoutPaths } from './layout-paths.ts';
import type { ContentReader } from './manifest-walk.ts';
import { ensureFolder, publishFile } from './publish-file.ts';
import { guardedIfThere } from './store-error.ts';
import { untilAborted } from './until-aborted.ts';

export interface BlobFolder extends ContentReader {
  /** Whether there is a file of the right size. One of another size is damaged and as good as missing. */
  has(content: ContentId): Promise<boolean>;
  exists(digest: Digest): Promise<boolean>;
  write(expected: ContentId, content: Bytes, options: CallOptions): Promise<void>;
  remove(digest: Digest): Promise<void>;
  /** Removes what killed processes left half written, a day after they last wrote. */
  removeLeftovers(): Promise<void>;
}

/** A blob never changes: nobody needs the right to write it. */
const BLOB_MODE = 0o444;
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

export function createBlobFolder(fs: LayoutFs, paths: LayoutPaths): BlobFolder {
  return {
    has: async ({ digest, size }) => (await fileSize(fs, paths.blob(digest))) === size,
    exists: async (digest) => (await fileSize(fs, paths.blob(digest))) !== undefined,
    async write(expected, content, { signal }) {
      const path = paths.blob(expected.digest);
      await ensureFolder(fs, dirname(path));
      await ensureFolder(fs, paths.arrivals);
      const arriving = untilAborted(content, signal);
      const verified = isVerifiedAs(content, expected) ? arriving : verifyContent(arriving, expected);
      await publishFile(fs, { arriving: paths.arriving(), path, mode: BLOB_MODE, withdrawUnflushed: true }, verified);
    },
    async *read({ digest }, { signal }) {
      const path = paths.blob(digest);
      signal?.throwIfAborted();
      const file = await guardedIfThere(path, fs.open(path, 'r'));
      if (file === undefined) throw contentNotFound(paths, digest);
      for await (const chunk of readChunks(path, file)) {
        yield chunk;
        signal?.throwIfAborted();
      }
    },
    remove: async (digest) => removeFile(fs, paths.blob(digest)),
    async removeLeftovers() {
      for (const name of await namesIn(fs, paths.arrivals)) await removeLeftover(fs, join(paths.arrivals, name));
    },
  };
}

export function contentNotFound({ root }: LayoutPaths, digest: Digest): SquizzleError<'CONTENT_NOT_FOUND'> {
  return new SquizzleError('CONTENT_NOT_FOUND', `folder ${root} has no ${digest}; push it first`, { digest });
}

/** Best effort: someone else's file, which we may not remove, is no reason not to write ours. */
async function removeLeftover(fs: LayoutFs, path: string): Promise<void> {
  const found = await guardedIfThere(path, fs.stat(path));
  if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_MS) await discardFile(fs, path);
}
