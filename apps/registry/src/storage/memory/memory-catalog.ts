/**
 * Lists of a memory store, sorted anew for each page: test registries are small.
 *
 * Names and tags are ASCII, so that the order of UTF-16 code units, which `sort` and `>` use, is that of the bytes.
 *
 * @module
 */
import type { Descriptor, Digest } from '@squizzle/oci-spec';
import type { Catalog, Listing, Page } from '../contracts.ts';
import type { MemoryRepository, MemoryState } from './memory-state.ts';

export function createMemoryCatalog({ repositories }: MemoryState): Catalog {
  return {
    hasRepository: async (repository) => repositories.has(repository),
    listRepositories: async (page) => listPage(repositories.keys(), page),
    listTags: async (repository, page) => listPage(repositories.get(repository)?.tags.keys() ?? [], page),
    async listReferrers(repository, subject, { artifactType, limitBytes, ...page }) {
      const wanted = referrersOf(repositories.get(repository), subject).filter(
        (descriptor) => artifactType === undefined || descriptor.artifactType === artifactType,
      );
      const byDigest = new Map(wanted.map((descriptor) => [descriptor.digest, descriptor]));
      const { items, more } = listPage(byDigest.keys(), page);
      const descriptors = items.flatMap((digest) => byDigest.get(digest) ?? []);
      const fitting = countFitting(descriptors, limitBytes);
      return { items: descriptors.slice(0, fitting), more: more || fitting < descriptors.length };
    },
  };
}

function referrersOf(repository: MemoryRepository | undefined, subject: Digest): Descriptor[] {
  const referrers: Descriptor[] = [];
  for (const { referrer } of repository?.manifests.values() ?? []) {
    if (referrer?.subject === subject) referrers.push(referrer.descriptor);
  }
  return referrers;
}

function listPage<T extends string>(names: Iterable<T>, { after, limit }: Page): Listing<T> {
  if (limit === 0) return { items: [], more: false };
  const rest = [...names].filter((name) => after === undefined || name > after).sort();
  return { items: rest.slice(0, limit), more: rest.length > limit };
}

/** How many from the start have at most `limitBytes` as JSON together, and one when there is one. */
function countFitting(descriptors: readonly Descriptor[], limitBytes: number): number {
  let bytes = 0;
  const tooMany = descriptors.findIndex((descriptor) => {
    bytes += Buffer.byteLength(JSON.stringify(descriptor)) + ','.length;
    return bytes > limitBytes;
  });
  return tooMany === -1 ? descriptors.length : Math.max(tooMany, 1);
}
