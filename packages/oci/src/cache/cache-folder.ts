/**
 * Where things lie in a cache, and the file system functions that it needs:
 *
 *     <folder>/v1/
 *       blobs/<alg>/<hex2>/<hex>   content by digest; when it was last used is the file's time
 *       arriving/<uuid>            files that are still being written
 *
 * For the owner's eyes alone: what a private registry holds is private here too.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  digestAlgorithm,
  digestFromHex,
  digestHex,
  parseDigest,
  type Digest,
  type DigestAlgorithm,
} from '@squizzle/oci-spec';
import type { LayoutFs } from '../layout/layout-fs.ts';
import { guardedIfThere, hasSystemCode } from '../layout/store-error.ts';

/** The parts of `node:fs/promises` that are used. */
export type CacheFs = Omit<LayoutFs, 'mkdir'> & {
  mkdir(path: string, options: { readonly recursive: true; readonly mode: number }): Promise<string | undefined>;
};

export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

export interface CacheEntry {
  readonly digest: Digest;
  readonly size: number;
  readonly usedAt: Date;
}

export interface CachePaths {
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

/** Every entry, one folder of names in memory at a time. What others put there, or take away meanwhile, is passed over. */
export async function* walkEntries(
  fs: CacheFs,
  paths: CachePaths,
): AsyncGenerator<CacheEntry & { readonly path: string }, void, undefined> {
  for (const algorithm of ALGORITHMS) {
    const root = paths.blobs(algorithm);
    for (const shard of await namesIn(fs, root)) {
      for (const hex of await namesIn(fs, join(root, shard))) {
        const digest = hex.startsWith(shard) ? digestFromHex(algorithm, hex) : undefined;
        const path = join(root, shard, hex);
        const found = digest === undefined ? undefined : await guardedIfThere(path, fs.stat(path));
        if (digest === undefined || found === undefined) continue;
        yield { digest, size: found.size, usedAt: new Date(found.mtimeMs), path };
      }
    }
  }
}

/** Names in the folder; none when it is no folder or not there. */
export async function namesIn(fs: CacheFs, path: string): Promise<readonly string[]> {
  try {
    return (await guardedIfThere(path, fs.readdir(path))) ?? [];
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOTDIR')) return [];
    throw thrown;
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
