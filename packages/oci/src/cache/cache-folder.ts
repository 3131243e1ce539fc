/**
 * Where things lie in a cache, and the file system functions that it needs:
 *
 *     <folder>/v1/
 *       blobs/<alg>/<hex2>/<hex>   content by digest; when it was last used is the file's time
 *       arriving/<uuid>            files that are still being written
 *
 * Its folders are folders: a link in their place is not followed. For the owner's eyes alone: what a private registry holds is private here too.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import {
  digestAlgorithm,
  digestFromHex,
  digestHex,
  parseDigest,
  type Digest,
  type DigestAlgorithm,
} from '@squizzle/oci-spec';
import type { LayoutFile, LayoutFs } from '../layout/layout-fs.ts';
import { guardedIfThere, hasSystemCode, storeUnusable } from '../layout/store-error.ts';

/** The parts of `node:fs/promises` that are used. Nothing is followed: a link is what it is itself. */
export type CacheFs = Omit<LayoutFs, 'mkdir' | 'open' | 'stat'> & {
  open(path: string, flags: number | 'wx', mode?: number): Promise<LayoutFile>;
  mkdir(path: string, options: { readonly recursive: true; readonly mode: number }): Promise<string | undefined>;
  lstat(path: string): Promise<CacheStat>;
};

export interface CacheStat {
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

export interface CacheEntry {
  readonly digest: Digest;
  readonly size: number;
  readonly usedAt: Date;
}

export interface CachePaths {
  /** The cache's own folders that lead to a path in it, outermost first. */
  above(path: string): readonly string[];
  readonly arrivals: string;
  /** A new name each time. */
  readonly arriving: () => string;
  /** @throws {TypeError} for text that only claims to be a digest: nothing else may become part of a path. */
  blob(digest: Digest): string;
  /** The folder of the blobs of one algorithm. */
  blobs(algorithm: DigestAlgorithm): string;
}

export function cachePaths(folder: string): CachePaths {
  const [arrivals, blobs] = [join(folder, 'v1', 'arriving'), join(folder, 'v1', 'blobs')];
  return {
    above(path) {
      const parts = relative(folder, path).split(sep).slice(0, -1);
      return parts.map((_, at) => join(folder, ...parts.slice(0, at + 1)));
    },
    arrivals,
    arriving: () => join(arrivals, randomUUID()),
    blob(digest) {
      const checked = parseDigest(digest);
      if (checked === undefined) throw new TypeError(`not a digest: ${JSON.stringify(digest)}`);
      const hex = digestHex(checked);
      return join(blobs, digestAlgorithm(checked), hex.slice(0, 2), hex);
    },
    blobs: (algorithm) => join(blobs, algorithm),
  };
}

const ALGORITHMS = ['sha256', 'sha512'] as const satisfies readonly DigestAlgorithm[];

const SHARD = /^[0-9a-f]{2}$/;

/**
 * Every entry, one folder of names in memory at a time. What others put there, or take away meanwhile, is passed over.
 *
 * @throws {SquizzleError} `STORE_UNUSABLE` where a link stands for one of the cache's own folders.
 */
export async function* walkEntries(
  fs: CacheFs,
  paths: CachePaths,
): AsyncGenerator<CacheEntry & { readonly path: string }, void, undefined> {
  for (const algorithm of ALGORITHMS) {
    const root = paths.blobs(algorithm);
    for (const shard of (await namesIn(fs, paths, root)).filter((name) => SHARD.test(name))) {
      for (const hex of await namesIn(fs, paths, join(root, shard))) {
        const digest = hex.startsWith(shard) ? digestFromHex(algorithm, hex) : undefined;
        const path = join(root, shard, hex);
        const found = digest === undefined ? undefined : await guardedIfThere(path, fs.lstat(path));
        if (digest === undefined || found?.isFile() !== true) continue;
        yield { digest, size: found.size, usedAt: new Date(found.mtimeMs), path };
      }
    }
  }
}

/** Names in one of the cache's folders; none when it is no folder or not there. @throws as {@link walkEntries}. */
export async function namesIn(fs: CacheFs, paths: CachePaths, folder: string): Promise<readonly string[]> {
  await requireOwnFolders(fs, [...paths.above(folder), folder]);
  try {
    return (await guardedIfThere(folder, fs.readdir(folder))) ?? [];
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOTDIR')) return [];
    throw thrown;
  }
}

/**
 * A link in place of one of the cache's folders leads to files of somebody else, which are not ours to write or remove.
 * The folder that the caller named may be one.
 *
 * @throws {SquizzleError} `STORE_UNUSABLE`
 */
export async function requireOwnFolders(fs: CacheFs, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const found = await guardedIfThere(folder, fs.lstat(folder));
    if (found === undefined) return;
    if (!found.isDirectory()) {
      throw storeUnusable(folder, 'a link or a file stands where the cache has a folder: remove it');
    }
  }
}

/** Whether there was a file to remove. */
export async function removeIfThere(fs: CacheFs, path: string): Promise<boolean> {
  const removed = guardedIfThere(
    path,
    fs.unlink(path).then(() => true),
  );
  return (await removed) ?? false;
}
