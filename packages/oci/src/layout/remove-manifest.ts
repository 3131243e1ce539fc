/**
 * Taking a manifest out of a layout, with the blobs that only it names.
 *
 * @module
 */
import type { Descriptor, Digest } from '@squizzle/oci-spec';
import type { BlobFolder } from './blob-folder.ts';
import type { FileLockOptions } from './file-lock.ts';
import type { IndexFile } from './index-file.ts';
import { descriptorsIn, withoutManifest, type LayoutIndex } from './layout-index.ts';
import { readNamed, readNamedIfWhole, walkManifests } from './manifest-walk.ts';

export interface RemovalPlace {
  readonly index: IndexFile;
  readonly blobs: BlobFolder;
}

/**
 * First the index forgets the manifest, then its blobs go, the manifest itself last: killed in between, the same call
 * finishes what is left.
 *
 * @throws {ContentError} when another manifest here is damaged, so that it cannot be known what it names. Nothing is
 *   removed then.
 */
export async function removeManifest(
  descriptor: Descriptor,
  { index, blobs }: RemovalPlace,
  options: FileLockOptions,
): Promise<void> {
  let unnamed: readonly Digest[] = [];
  const edit = async (before: LayoutIndex): Promise<LayoutIndex> => {
    const after = withoutManifest(before, descriptor.digest);
    unnamed = await findUnnamed(descriptor, descriptorsIn(after), blobs);
    return after;
  };
  await index.change(edit, options, async () => {
    for (const digest of unnamed) await blobs.remove(digest);
  });
}

/** What only `descriptor` leads to, contents before whoever names them. */
async function findUnnamed(
  descriptor: Descriptor,
  remaining: readonly Descriptor[],
  blobs: BlobFolder,
): Promise<readonly Digest[]> {
  const kept = new Set<Digest>();
  for await (const { digest } of walkManifests(remaining, async (named) => readNamed(blobs, named))) kept.add(digest);
  const found = new Set<Digest>();
  for await (const { digest } of walkManifests([descriptor], async (named) => readNamedIfWhole(blobs, named))) {
    if (!kept.has(digest)) found.add(digest);
  }
  return [...found].toReversed();
}
