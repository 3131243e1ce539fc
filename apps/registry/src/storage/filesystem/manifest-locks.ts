/**
 * Who may change what among manifests and tags at the same time, inside this process.
 *
 * Taken in this order by everyone, so that no two wait for each other: one manifest, then tags, sorted.
 *
 * @module
 */
import type { Digest, RepositoryName, Tag } from '@squizzle/oci-spec';
import { createKeyedLock, exclusiveAll } from './keyed-lock.ts';

export interface ManifestLocks {
  /** While nobody deletes the manifest. Those who store it do not disturb each other. */
  whileStored<T>(repository: RepositoryName, digest: Digest, work: () => Promise<T>): Promise<T>;
  /** While nobody else stores or deletes the manifest. */
  whileDeleted<T>(repository: RepositoryName, digest: Digest, work: () => Promise<T>): Promise<T>;
  /** While nobody else changes the tags. */
  whileTagged<T>(repository: RepositoryName, tags: readonly Tag[], work: () => Promise<T>): Promise<T>;
}

const keyOf = (repository: RepositoryName, digest: Digest): string => `${repository}@${digest}`;

export function createManifestLocks(): ManifestLocks {
  const locks = createKeyedLock();
  return {
    whileStored: (repository, digest, work) => locks.shared(keyOf(repository, digest), work),
    whileDeleted: (repository, digest, work) => locks.exclusive(keyOf(repository, digest), work),
    whileTagged(repository, tags, work) {
      const keys = tags.map((tag) => `${repository}:${tag}`);
      return exclusiveAll(locks, keys, work);
    },
  };
}
