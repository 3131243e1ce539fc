/**
 * Deleting manifests and tags: tags, revision, place in the referrers list, each step durable before the next.
 *
 * The bytes stay for whoever collects what no repository has. Also what is not there is flushed: an earlier attempt may
 * have removed it and then failed, and it must not come back when this one has said that it is gone.
 *
 * @module
 */
import type { Digest, RepositoryName } from '@squizzle/oci-spec';
import type { ManifestStore } from '../contracts.ts';
import type { ManifestLocks } from './manifest-locks.ts';
import type { ManifestParts } from './manifest-writer.ts';

export type ManifestRemover = Pick<ManifestStore, 'delete' | 'untag'>;

export function createManifestRemover(parts: ManifestParts, locks: ManifestLocks): ManifestRemover {
  const { revisions, referrers, tags } = parts;

  async function removeTagsOf(repository: RepositoryName, digest: Digest): Promise<void> {
    for (const tag of await tags.naming(repository, digest)) {
      await locks.whileTagged(repository, [tag], async () => {
        // It may have been moved since the tags were read.
        if ((await tags.read(repository, tag)) === digest) await tags.remove(repository, tag);
      });
    }
    await tags.flush(repository);
  }

  return {
    delete: async (repository, digest) =>
      locks.whileDeleted(repository, digest, async () => {
        const revision = await revisions.read(repository, digest);
        if (revision !== undefined) await removeTagsOf(repository, digest);
        const removed = await revisions.remove(repository, digest);
        if (revision?.subject !== undefined) await referrers.remove(repository, { subject: revision.subject, digest });
        return removed;
      }),
    async untag(repository, tag) {
      const removed = await locks.whileTagged(repository, [tag], async () => tags.remove(repository, tag));
      await tags.flush(repository);
      return removed;
    },
  };
}
