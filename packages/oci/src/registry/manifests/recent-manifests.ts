/**
 * The last few manifests that went to a repository or came from it.
 *
 * Setting a tag means pushing the manifest under it, so whoever pushes and then tags needs the same bytes again. A digest
 * names the same bytes for ever: nothing in here can be out of date.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { ManifestContent } from './put-manifest.ts';

export interface RecentManifests {
  get(digest: Digest): ManifestContent | undefined;
  add(manifest: ManifestContent): void;
  remove(digest: Digest): void;
}

const MOST_MANIFESTS = 32;
const MOST_BYTES = 8 * 1024 * 1024;

export function createRecentManifests(): RecentManifests {
  const known = new Map<Digest, ManifestContent>();
  let sizeBytes = 0;
  const remove = (digest: Digest): void => {
    sizeBytes -= known.get(digest)?.bytes.byteLength ?? 0;
    known.delete(digest);
  };
  return {
    get: (digest) => known.get(digest),
    remove,
    add(manifest) {
      remove(manifest.descriptor.digest);
      known.set(manifest.descriptor.digest, manifest);
      sizeBytes += manifest.bytes.byteLength;
      for (const oldest of known.keys()) {
        if (known.size <= MOST_MANIFESTS && sizeBytes <= MOST_BYTES) return;
        remove(oldest);
      }
    },
  };
}
