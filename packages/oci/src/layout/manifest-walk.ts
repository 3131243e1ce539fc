/**
 * Following manifests to everything they name.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import {
  contentsOf,
  isContentError,
  isManifestMediaType,
  LIMITS,
  parseManifest,
  readVerified,
  type Descriptor,
} from '@squizzle/oci-spec';
import type { BlobFolder } from './blob-folder.ts';

/** What the content names; nothing for content that is no manifest. */
export type NamedBy = (descriptor: Descriptor) => Promise<readonly Descriptor[]>;

/**
 * Yields the roots and everything below them, whoever names before what is named, each once for each media type.
 *
 * Ends for every input: nothing is opened twice, and no content can name its own digest.
 */
export async function* walkManifests(
  roots: readonly Descriptor[],
  namedBy: NamedBy,
): AsyncGenerator<Descriptor, void, undefined> {
  const seen = new Set<string>();
  const waiting = roots.toReversed();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = `${next.mediaType} ${next.digest}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield next;
    waiting.push(...(await namedBy(next)).toReversed());
  }
}

/** Reads the manifest. One that is not here names nothing: a layout may hold a part of an image. */
export async function readNamed(blobs: BlobFolder, manifest: Descriptor): Promise<readonly Descriptor[]> {
  if (!isManifestMediaType(manifest.mediaType)) return [];
  try {
    const bytes = await readVerified(blobs.read(manifest, {}), manifest, LIMITS.manifestBytes);
    return contentsOf(parseManifest(bytes, manifest.mediaType));
  } catch (thrown) {
    if (isSquizzleError(thrown, 'CONTENT_NOT_FOUND')) return [];
    throw thrown;
  }
}

/** As `readNamed`; a damaged manifest names nothing either. */
export async function readNamedIfWhole(blobs: BlobFolder, manifest: Descriptor): Promise<readonly Descriptor[]> {
  try {
    return await readNamed(blobs, manifest);
  } catch (thrown) {
    if (isContentError(thrown)) return [];
    throw thrown;
  }
}
