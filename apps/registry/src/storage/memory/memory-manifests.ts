/**
 * Manifests and tags in memory.
 *
 * @module
 */
import type { Digest, RepositoryName, Tag } from '@squizzle/oci-spec';
import { RegistryError } from '../../registry-error.ts';
import type { ManifestStore, TagCondition, TagUpdate } from '../contracts.ts';
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
      for (const tag of tags) requireCondition(repository, tag, repositories.get(repository)?.tags.get(tag), condition);
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
    untag: async (repository, tag) => repositories.get(repository)?.tags.delete(tag) ?? false,
  };
}

function requireCondition(
  repository: RepositoryName,
  tag: Tag,
  current: Digest | undefined,
  condition: TagCondition | undefined,
): void {
  if (condition === undefined || holds(condition, current)) return;
  throw new RegistryError(
    'PRECONDITION_FAILED',
    `expected tag ${tag} ${describe(condition)}, found ${current ?? 'no such tag'}; look at it again and decide anew`,
    { detail: { name: repository, tag, ...(current !== undefined && { digest: current }) } },
  );
}

function holds(condition: TagCondition, current: Digest | undefined): boolean {
  switch (condition.type) {
    case 'absent':
      return current === undefined;
    case 'present':
      return current !== undefined;
    case 'one-of':
      return current !== undefined && condition.digests.includes(current);
  }
}

function describe(condition: TagCondition): string {
  switch (condition.type) {
    case 'absent':
      return 'not to exist';
    case 'present':
      return 'to exist';
    case 'one-of':
      return `to name ${condition.digests.join(' or ')}`;
  }
}
