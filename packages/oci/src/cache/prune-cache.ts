/**
 * Making a cache smaller: what was used longest ago goes first.
 *
 * @module
 */
import { join } from 'node:path';
import { guardedIfThere } from '../layout/store-error.ts';
import { namesIn, removeIfThere, walkEntries, type CacheEntry, type CacheFs, type CachePaths } from './cache-folder.ts';

export interface PruneOptions {
  /** Entries that nobody used for this long go. */
  readonly olderThanMs?: number | undefined;
  /** Entries go until the others have no more than this together. */
  readonly maxBytes?: number | undefined;
  /** What was half written so long ago goes: nobody writes it any more. Default: a day. */
  readonly leftoversMs?: number | undefined;
}

export interface PruneResult {
  readonly removed: number;
  readonly freedBytes: number;
}

/** As `randomUUID` writes them. */
const ARRIVING = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

/** @throws {SquizzleError} `STORE_UNUSABLE` for what may not be read or removed. */
export async function pruneCache(
  fs: CacheFs,
  paths: CachePaths,
  { olderThanMs = Infinity, maxBytes = Infinity, leftoversMs = LEFTOVER_MS }: PruneOptions,
): Promise<PruneResult> {
  await removeLeftovers(fs, paths, leftoversMs);
  const entries: (CacheEntry & { readonly path: string })[] = [];
  for await (const entry of walkEntries(fs, paths)) entries.push(entry);
  entries.sort((a, b) => a.usedAt.getTime() - b.usedAt.getTime());
  let left = entries.reduce((sum, { size }) => sum + size, 0);
  const oldest = Date.now() - olderThanMs;
  const result = { removed: 0, freedBytes: 0 };
  for (const { path, size, usedAt } of entries) {
    if (left <= maxBytes && usedAt.getTime() >= oldest) break;
    left -= size;
    if (!(await removeIfThere(fs, path))) continue;
    result.removed += 1;
    result.freedBytes += size;
  }
  return result;
}

/** Only what has a name as we give it: whatever else is there is somebody's. */
async function removeLeftovers(fs: CacheFs, paths: CachePaths, olderThanMs: number): Promise<void> {
  for (const name of await namesIn(fs, paths, paths.arrivals)) {
    if (!ARRIVING.test(name)) continue;
    const path = join(paths.arrivals, name);
    const found = await guardedIfThere(path, fs.lstat(path));
    if (found?.isFile() === true && Date.now() - found.mtimeMs > olderThanMs) await removeIfThere(fs, path);
  }
}
