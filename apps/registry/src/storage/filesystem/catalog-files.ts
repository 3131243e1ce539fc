/**
 * Lists, read from the folders each time: there is no index that could be wrong.
 *
 * @module
 */
import type { Descriptor, Digest, RepositoryName } from '@squizzle/oci-spec';
import type { Catalog, Listing, Page, ReferrersPage } from '../contracts.ts';
import type { StorageFiles } from './storage-files.ts';
import { ifThere } from './file-system.ts';
import type { ManifestParts } from './manifest-writer.ts';
import { walkRepositories } from './repository-walk.ts';

/** Referrers read at once, and at most how many are read in vain after the last of a page. */
const READS_AT_ONCE = 16;
/** Text that comes before every name. */
const FIRST = '';

export function createCatalogFiles({ fs, layout }: StorageFiles, parts: ManifestParts): Catalog {
  const { revisions, referrers, tags } = parts;

  /** `undefined` when the manifest is gone, or is not to be in this list. */
  async function readReferrer(
    repository: RepositoryName,
    subject: Digest,
    digest: Digest,
  ): Promise<Descriptor | undefined> {
    const revision = await revisions.read(repository, digest);
    return revision?.subject === subject ? referrers.read(repository, { subject, digest }) : undefined;
  }

  async function* matchingReferrers(
    repository: RepositoryName,
    subject: Digest,
    { after = FIRST, artifactType }: ReferrersPage,
  ): AsyncGenerator<Descriptor, void, undefined> {
    const digests = (await referrers.list(repository, subject)).filter((digest) => digest > after);
    for (let at = 0; at < digests.length; at += READS_AT_ONCE) {
      const batch = digests.slice(at, at + READS_AT_ONCE);
      for (const descriptor of await Promise.all(batch.map((digest) => readReferrer(repository, subject, digest)))) {
        if (descriptor === undefined) continue;
        if (artifactType === undefined || descriptor.artifactType === artifactType) yield descriptor;
      }
    }
  }

  return {
    async hasRepository(repository) {
      const found = await Promise.all(layout.markers(repository).map((path) => ifThere(fs.stat(path))));
      return found.some((facts) => facts !== undefined);
    },
    listRepositories: async (page) => take(walkRepositories(fs, layout, page.after ?? FIRST), page, () => true),
    async listTags(repository, { after = FIRST, limit }) {
      const rest = (await tags.list(repository)).filter((tag) => tag > after);
      return { items: rest.slice(0, limit), more: limit > 0 && rest.length > limit };
    },
    listReferrers: async (repository, subject, page) =>
      take(matchingReferrers(repository, subject, page), page, createAllowance(page.limitBytes)),
  };
}

/** As many from the start as the page has room for and `fits` allows. Reads no further than the first that is left out. */
async function take<T>(source: AsyncIterable<T>, { limit }: Page, fits: (item: T) => boolean): Promise<Listing<T>> {
  const items: T[] = [];
  if (limit === 0) return { items, more: false };
  for await (const item of source) {
    if (items.length === limit || !fits(item)) return { items, more: true };
    items.push(item);
  }
  return { items, more: false };
}

/** Allows items until they have `limitBytes` as JSON together, each with the comma after it; the first one always. */
function createAllowance(limitBytes: number): (item: Descriptor) => boolean {
  let bytes = 0;
  return (item) => {
    const first = bytes === 0;
    bytes += Buffer.byteLength(JSON.stringify(item)) + ','.length;
    return first || bytes <= limitBytes;
  };
}
