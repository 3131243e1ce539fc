/**
 * Manifests by their `subject`: listed in index.json, or named by an image index that is.
 *
 * A layout has no list of referrers, so every manifest is read once. Whom a manifest is about never changes: it is
 * kept in memory, and asking again costs no reading.
 *
 * @module
 */
import { referrerEntry, subjectOf, type ReferrerOptions } from '@squizzle/core';
import { contentsOf, isManifestMediaType, type Descriptor, type Digest, type Manifest } from '@squizzle/oci-spec';
import { descriptorsIn, type LayoutIndex } from './layout-index.ts';
import { readManifestIfWhole, type ContentReader } from './manifest-walk.ts';

/** What is known of an image's manifest: whom it is about, or `null` for one that is about nobody. */
export type SubjectMemory = Map<Digest, Digest | null>;

/** 100 bytes each. */
const REMEMBERED = 50_000;
/** Files read at once: enough to keep Node's four file threads busy. */
const CONCURRENCY = 8;

/** What is damaged or missing on the way is passed over: whoever asks for that is told. */
export async function findReferrers(
  subject: Digest,
  index: LayoutIndex,
  blobs: ContentReader,
  memory: SubjectMemory,
  { artifactType, signal }: ReferrerOptions = {},
): Promise<readonly Descriptor[]> {
  const referrers = new Map<Digest, Descriptor>();
  await eachManifest(descriptorsIn(index), async (descriptor) => {
    signal?.throwIfAborted();
    const known = memory.get(descriptor.digest);
    if (known !== undefined && known !== subject) return [];
    const manifest = await readManifestIfWhole(blobs, descriptor);
    if (manifest === undefined) return [];
    remember(memory, descriptor, manifest);
    if (subjectOf(manifest)?.digest === subject) referrers.set(descriptor.digest, referrerEntry(descriptor, manifest));
    return manifest.kind === 'index' ? contentsOf(manifest) : [];
  });
  return [...referrers.values()]
    .filter((referrer) => artifactType === undefined || referrer.artifactType === artifactType)
    .toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** Some at a time, each once, with those that `visit` answers. The first fault ends it. */
async function eachManifest(
  roots: readonly Descriptor[],
  visit: (descriptor: Descriptor) => Promise<readonly Descriptor[]>,
): Promise<void> {
  const seen = new Set<Digest>();
  for (let level = roots; level.length > 0;) {
    const waiting = level.filter(({ digest, mediaType }) => {
      if (seen.has(digest) || !isManifestMediaType(mediaType)) return false;
      seen.add(digest);
      return true;
    });
    const below: Descriptor[] = [];
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) below.push(...(await visit(next)));
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    level = below;
  }
}

/** Indexes are read each time: they lead to others. */
function remember(memory: SubjectMemory, { digest }: Descriptor, manifest: Manifest): void {
  if (manifest.kind === 'image' && memory.size < REMEMBERED) memory.set(digest, subjectOf(manifest)?.digest ?? null);
}
