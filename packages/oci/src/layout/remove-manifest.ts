/**
 * Taking a manifest out of a layout, with the blobs that only it names and the referrers that nothing else leads to.
 *
 * A signature of what is gone would stay for ever: it has no name, and nobody asks for it again. One that has a tag
 * was kept on purpose and stays.
 *
 * @module
 */
import type { Descriptor, Digest } from '@squizzle/oci-spec';
import type { BlobFolder } from './blob-folder.ts';
import type { FileLockOptions } from './file-lock.ts';
import { findReferrers, type SubjectMemory } from './find-referrers.ts';
import type { IndexFile } from './index-file.ts';
import { descriptorsIn, isNamed, withoutManifest, type LayoutIndex } from './layout-index.ts';
import { readNamed, readNamedIfWhole, walkManifests } from './manifest-walk.ts';

export interface RemovalPlace {
  readonly index: IndexFile;
  readonly blobs: BlobFolder;
  readonly subjects: SubjectMemory;
}

/**
 * First the index forgets the manifest and its referrers, then their blobs go, the manifest itself last: killed in
 * between, the same call finishes what is left of the manifest. A few kilobytes of a referrer may stay.
 *
 * @throws {ContentError} when another manifest here is damaged, so that it cannot be known what it names. Nothing is
 *   removed then.
 */
export async function removeManifest(
  descriptor: Descriptor,
  place: RemovalPlace,
  options: FileLockOptions,
): Promise<void> {
  let unnamed: readonly Digest[] = [];
  const edit = async (before: LayoutIndex): Promise<LayoutIndex> => {
    const removal = await planRemoval(descriptor, before, place);
    ({ unnamed } = removal);
    return removal.after;
  };
  await place.index.change(edit, options, async () => {
    for (const digest of unnamed) await place.blobs.remove(digest);
  });
}

interface Removal {
  readonly after: LayoutIndex;
  /** Contents before whoever names them. */
  readonly unnamed: readonly Digest[];
}

async function planRemoval(descriptor: Descriptor, before: LayoutIndex, place: RemovalPlace): Promise<Removal> {
  const alone = withoutManifest(before, descriptor.digest);
  const kept = await reachable(alone, place.blobs);
  const orphans = kept.has(descriptor.digest) ? [] : await orphanedBy(descriptor, before, place);
  if (orphans.length === 0) return { after: alone, unnamed: await findUnnamed([descriptor], kept, place.blobs) };
  const after = orphans.reduce((index, { digest }) => withoutManifest(index, digest), alone);
  const keptThen = await reachable(after, place.blobs);
  return { after, unnamed: await findUnnamed([descriptor, ...orphans], keptThen, place.blobs) };
}

/** Referrers without a name, theirs too. */
async function orphanedBy(
  descriptor: Descriptor,
  index: LayoutIndex,
  { blobs, subjects }: RemovalPlace,
): Promise<readonly Descriptor[]> {
  const orphans: Descriptor[] = [];
  for (let subject: Descriptor | undefined = descriptor, at = 0; subject !== undefined; subject = orphans[at++]) {
    const referrers = await findReferrers(subject.digest, index, blobs, subjects);
    orphans.push(...referrers.filter(({ digest }) => !isNamed(index, digest)));
  }
  return orphans;
}

async function reachable(index: LayoutIndex, blobs: BlobFolder): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  const roots = descriptorsIn(index);
  for await (const { digest } of walkManifests(roots, async (named) => readNamed(blobs, named))) found.add(digest);
  return found;
}

/** What only `roots` lead to, the first of them last. */
async function findUnnamed(
  roots: readonly Descriptor[],
  kept: ReadonlySet<Digest>,
  blobs: BlobFolder,
): Promise<readonly Digest[]> {
  const found = new Set<Digest>();
  for await (const { digest } of walkManifests(roots, async (named) => readNamedIfWhole(blobs, named))) {
    if (!kept.has(digest)) found.add(digest);
  }
  return [...found].toReversed();
}
