/**
 * What goes into an archive: everything that the roots and their referrers lead to, in an order that depends on
 * nothing else.
 *
 * @module
 */
import { findReferrers, findSignatureTags, SquizzleError, type ReferrerStore, type TaggedSource } from '@squizzle/core';
import {
  contentsOf,
  isManifestMediaType,
  LIMITS,
  parseManifest,
  readVerified,
  type Descriptor,
  type Digest,
} from '@squizzle/oci-spec';
import { listManifests, type LayoutIndex, type ListedManifest } from '../layout/layout-index.ts';
import { walkManifests } from '../layout/manifest-walk.ts';
import { ARCHIVE_LIMITS } from './archive-limits.ts';

/** Where the content is. Signatures come along where it keeps referrers, and where tags can be looked up. */
export type ArchiveSource = TaggedSource & Partial<ReferrerStore>;

export interface LayoutContents {
  readonly index: LayoutIndex;
  /** Every blob and manifest once, by digest. */
  readonly blobs: readonly Descriptor[];
}

/** @throws {SquizzleError} `CONTENT_NOT_FOUND` for a manifest that the source lacks; `ARTIFACT_TOO_LARGE`. */
export async function collectContents(
  roots: readonly ListedManifest[],
  from: ArchiveSource,
  signal: AbortSignal | undefined,
): Promise<LayoutContents> {
  const referrers = await referrersOf(roots, from, signal);
  const signatures = await signaturesOf(roots, from, signal);
  const tops = [...[...roots, ...signatures].map(({ descriptor }) => descriptor), ...referrers];
  const blobs = new Map<Digest, Descriptor>();
  const namedBy = async (descriptor: Descriptor): Promise<readonly Descriptor[]> => {
    if (!isManifestMediaType(descriptor.mediaType)) return [];
    const bytes = await readVerified(from.fetch(descriptor, { signal }), descriptor, LIMITS.manifestBytes);
    return contentsOf(parseManifest(bytes, descriptor.mediaType));
  };
  for await (const descriptor of walkManifests(tops, namedBy)) {
    blobs.set(descriptor.digest, descriptor);
    if (blobs.size > ARCHIVE_LIMITS.entries / 2) throw tooLarge(blobs.size);
  }
  const inOrder = [...blobs.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const listed = [...roots, ...signatures, ...referrers.map((descriptor) => ({ descriptor, tags: [] }))];
  return { index: listManifests(listed), blobs: inOrder };
}

/** By digest. */
async function referrersOf(
  roots: readonly ListedManifest[],
  from: ArchiveSource,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const found = new Map<Digest, Descriptor>();
  for (const { descriptor } of roots) {
    for await (const referrer of findReferrers(descriptor, from, { signal })) found.set(referrer.digest, referrer);
  }
  return [...found.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** cosign's older ones, which have tags: in the order of the roots. Those that are roots themselves are not named twice. */
async function signaturesOf(
  roots: readonly ListedManifest[],
  from: ArchiveSource,
  signal: AbortSignal | undefined,
): Promise<readonly ListedManifest[]> {
  const taken = new Set<string>(roots.flatMap(({ tags }) => tags));
  const found: ListedManifest[] = [];
  for (const root of new Map(roots.map(({ descriptor }) => [descriptor.digest, descriptor])).values()) {
    for (const { tag, descriptor } of await findSignatureTags(root, from, { signal })) {
      if (!taken.has(tag)) found.push({ descriptor, tags: [tag] });
    }
  }
  return found;
}

function tooLarge(actual: number): SquizzleError<'ARTIFACT_TOO_LARGE'> {
  const limit = ARCHIVE_LIMITS.entries / 2;
  const message = `an archive holds no more than ${limit} blobs; export fewer releases at once`;
  return new SquizzleError('ARTIFACT_TOO_LARGE', message, { what: 'blobs of an archive', limit, actual });
}
