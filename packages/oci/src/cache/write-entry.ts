/**
 * Writing an entry piece by piece, beside others that do the same: it appears whole or not at all.
 *
 * Nothing is flushed: what a power failure damages is found when it is read, and fetched again.
 *
 * @module
 */
import { dirname } from 'node:path';
import type { Digest } from '@squizzle/oci-spec';
import { discardFile } from '../layout/layout-fs.ts';
import { guarded } from '../layout/store-error.ts';
import { FILE_MODE, FOLDER_MODE, requireOwnFolders, type CacheFs, type CachePaths } from './cache-folder.ts';

export interface EntryWriter {
  add(chunk: Uint8Array): Promise<void>;
  /** Makes it an entry. */
  commit(): Promise<void>;
  /** Gives it up. Never throws. */
  abandon(): Promise<void>;
}

/** @throws {SquizzleError} `STORE_UNUSABLE`, as every method but `abandon`. */
export async function openEntryWriter(fs: CacheFs, paths: CachePaths, digest: Digest): Promise<EntryWriter> {
  const [path, arriving] = [paths.blob(digest), paths.arriving()];
  await requireOwnFolders(fs, [...paths.above(path), paths.arrivals]);
  await makeFolder(fs, paths.arrivals);
  const file = await guarded(arriving, fs.open(arriving, 'wx', FILE_MODE));
  return {
    add: async (chunk) => guarded(arriving, file.writeFile(chunk)),
    async commit() {
      await guarded(arriving, file.close());
      await makeFolder(fs, dirname(path));
      await guarded(path, fs.rename(arriving, path));
    },
    async abandon() {
      await file.close().catch(() => undefined);
      await discardFile(fs, arriving);
    },
  };
}

async function makeFolder(fs: CacheFs, path: string): Promise<void> {
  await guarded(path, fs.mkdir(path, { recursive: true, mode: FOLDER_MODE }));
}
