/**
 * Manifests' bytes: read once, verified once, kept while there is room.
 *
 * Bytes by digest never change, so that what is kept is never wrong; whether a repository has the manifest is asked
 * elsewhere, each time.
 *
 * @module
 */
import { digestAlgorithm, digestOf, LIMITS, type Digest } from '@squizzle/oci-spec';
import type { StorageFiles } from './storage-files.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { readBytes } from './small-files.ts';
import { damaged } from './storage-error.ts';

export interface ManifestCache {
  /** @throws {StorageError} `DAMAGED` when the file is missing or has other bytes than the digest says. */
  load(digest: Digest): Promise<Uint8Array>;
  forgetAll(): void;
}

/** What a cached manifest takes beside its bytes: key, buffer, entry. */
const OVERHEAD_BYTES = 300;

export function createManifestCache({ fs, layout }: StorageFiles, roomBytes: number): ManifestCache {
  const cache = createBoundedCache<Uint8Array>({
    room: roomBytes,
    weigh: ({ byteLength }) => byteLength + OVERHEAD_BYTES,
  });
  const loading = new Map<Digest, Promise<Uint8Array>>();

  async function read(digest: Digest): Promise<Uint8Array> {
    const path = layout.blob(digest);
    const bytes = await readBytes(fs, path, LIMITS.manifestBytes);
    if (bytes === undefined) throw damaged(path, 'expected the bytes of a manifest, found no file');
    const actual = digestOf(bytes, digestAlgorithm(digest));
    if (actual !== digest) throw damaged(path, `expected bytes of its own digest, found ${actual}`);
    cache.set(digest, bytes);
    return bytes;
  }

  return {
    async load(digest) {
      const cached = cache.get(digest);
      if (cached !== undefined) return cached;
      const shared = loading.get(digest);
      if (shared !== undefined) return shared;
      const reading = read(digest);
      loading.set(digest, reading);
      try {
        return await reading;
      } finally {
        loading.delete(digest);
      }
    },
    forgetAll: () => cache.clear(),
  };
}
