/**
 * A manifest by its digest: listed in index.json, or named by an image index that is.
 *
 * Other tools list only what they were asked to copy; the manifests of an image index stand in that index alone.
 *
 * @module
 */
import { isIndexMediaType, isManifestMediaType, type Descriptor } from '@squizzle/oci-spec';
import { descriptorsIn, type LayoutIndex } from './layout-index.ts';
import { readNamedIfWhole, walkManifests, type ContentReader } from './manifest-walk.ts';

/** What is damaged or missing on the way is passed over: whoever asks for that is told. */
export async function resolveDigest(
  index: LayoutIndex,
  blobs: ContentReader,
  digest: string,
): Promise<Descriptor | undefined> {
  const listed = descriptorsIn(index).find((descriptor) => descriptor.digest === digest);
  if (listed !== undefined) return listed;
  const walk = walkManifests(descriptorsIn(index), async (descriptor) =>
    isIndexMediaType(descriptor.mediaType) ? readNamedIfWhole(blobs, descriptor) : [],
  );
  for await (const descriptor of walk) {
    if (descriptor.digest === digest && isManifestMediaType(descriptor.mediaType)) return descriptor;
  }
  return undefined;
}
