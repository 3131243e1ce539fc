/**
 * Deleting manifests and tags: tags, revision, place in the referrers list, each step durable before the next.
 *
 * The bytes stay for whoever collects what no repository has. Also what is not there is flushed: an earlier attempt may
 * have removed it and then failed, and it must not come back when this one has said that it is gone.
 *
 * @module
 */
import type { Digest, RepositoryName, Tag } from '@squizzle/oci-spec';
import type { ManifestStore } from '../contracts.ts';
import { requireTagCondition } from '../tag-condition.ts';
import type { ManifestLocks } from './manifest-locks.ts';
import type { ManifestParts } from './manifest-writer.ts';

export type ManifestRemover = Pick<ManifestStore, 'delete' | 'untag'>;

/** @param resolve - what a tag names, when that is there. */
export function createManifestRemover(
  parts: ManifestParts,
  locks: ManifestLocks,
  resolve: (repository: RepositoryName, tag: Tag) => Promise<Digest | undefined>,
): ManifestRemover {
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
    async untag(repository, tag, condition) {
      const removed = await locks.whileTagged(repository, [tag], async () => {
        if (condition !== undefined) {
          requireTagCondition(repository, tag, await resolve(repository, tag), condition);
        }
        return tags.remove(repository, tag);
      });
      await tags.flush(repository);
      return removed;
    },
  };
}
