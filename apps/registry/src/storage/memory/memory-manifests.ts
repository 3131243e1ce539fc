/**
 * Manifests and tags in memory.
 *
 * @module
 */
import type { ManifestStore, TagUpdate } from '../contracts.ts';
import { requireTagCondition } from '../tag-condition.ts';
import { ensureRepository, type MemoryState } from './memory-state.ts';

export function createMemoryManifests(state: MemoryState): ManifestStore {
  const { repositories } = state;
  return {
    async get(repository, digest) {
      const manifest = repositories.get(repository)?.manifests.get(digest);
      return manifest && { digest, mediaType: manifest.mediaType, bytes: manifest.bytes };
    },
    has: async (repository, digest) => repositories.get(repository)?.manifests.has(digest) ?? false,
    resolve: async (repository, tag) => repositories.get(repository)?.tags.get(tag),
    async put(repository, manifest, { tags, condition }: TagUpdate = { tags: [] }) {
      for (const tag of tags)
        requireTagCondition(repository, tag, repositories.get(repository)?.tags.get(tag), condition);
      const target = ensureRepository(state, repository);
      // A copy: the caller's bytes may lie in a buffer that is filled again.
      target.manifests.set(manifest.digest, { ...manifest, bytes: new Uint8Array(manifest.bytes) });
      for (const tag of tags) target.tags.set(tag, manifest.digest);
    },
    async delete(repository, digest) {
      const source = repositories.get(repository);
      if (source?.manifests.delete(digest) !== true) return false;
      for (const [tag, named] of source.tags) if (named === digest) source.tags.delete(tag);
      return true;
    },
    async untag(repository, tag, condition) {
      const tags = repositories.get(repository)?.tags;
      requireTagCondition(repository, tag, tags?.get(tag), condition);
      return tags?.delete(tag) ?? false;
    },
  };
}
