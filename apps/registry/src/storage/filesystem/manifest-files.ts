/**
 * Manifests and tags of repositories.
 *
 * Every answer about a tag or about what a repository has is read from the disk, so that several processes can serve
 * one storage; only bytes, which their digest proves, come from memory.
 *
 * @module
 */
import type { Digest, RepositoryName, Tag } from '@squizzle/oci-spec';
import type { ManifestStore, TagCondition, TagUpdate } from '../contracts.ts';
import type { ManifestCache } from './manifest-cache.ts';
import { createManifestLocks } from './manifest-locks.ts';
import { createManifestRemover } from './manifest-remover.ts';
import { createManifestWriter, type ManifestParts } from './manifest-writer.ts';
import { settleAll } from './settle-all.ts';
import type { StorageFiles } from './storage-files.ts';
import { requireTagCondition } from '../tag-condition.ts';

const NO_TAGS: TagUpdate = { tags: [] };

export function createManifestFiles(files: StorageFiles, parts: ManifestParts, cache: ManifestCache): ManifestStore {
  const { revisions, tags } = parts;
  const locks = createManifestLocks();
  const write = createManifestWriter(files, parts);

  async function resolve(repository: RepositoryName, tag: Tag): Promise<Digest | undefined> {
    const digest = await tags.read(repository, tag);
    return digest !== undefined && (await revisions.has(repository, digest)) ? digest : undefined;
  }

  /** A tag whose manifest is gone counts as present for those who want it absent: they could not claim it safely. */
  async function requireCondition(repository: RepositoryName, tag: Tag, condition: TagCondition): Promise<void> {
    const current = condition.type === 'absent' ? tags.read(repository, tag) : resolve(repository, tag);
    requireTagCondition(repository, tag, await current, condition);
  }

  return {
    async get(repository, digest) {
      const revision = await revisions.read(repository, digest);
      if (revision === undefined) return undefined;
      return { digest, mediaType: revision.mediaType, bytes: await cache.load(digest) };
    },
    has: revisions.has,
    resolve,
    async put(repository, manifest, update = NO_TAGS) {
      const { condition } = update;
      const whileTagged = async (work: () => Promise<void>): Promise<void> =>
        locks.whileTagged(repository, update.tags, work);
      await locks.whileStored(repository, manifest.digest, async () => {
        // Without a condition the tags are held while they are moved, not while everything before is flushed.
        if (condition === undefined) {
          await write(repository, manifest, update, whileTagged);
          return;
        }
        await whileTagged(async () => {
          await settleAll(update.tags.map(async (tag) => requireCondition(repository, tag, condition)));
          await write(repository, manifest, update, async (work) => work());
        });
      });
    },
    ...createManifestRemover(parts, locks, resolve),
  };
}
