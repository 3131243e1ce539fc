/**
 * What a memory store holds. Each part of the store reads and changes it without awaiting in between, which makes
 * every change one step for all others.
 *
 * @module
 */
import type { Digest, RepositoryName, Tag } from '@squizzle/oci-spec';
import type { NewManifest } from '../contracts.ts';

export interface MemoryRepository {
  /** Which of the blobs this repository may read. */
  readonly blobs: Set<Digest>;
  readonly manifests: Map<Digest, NewManifest>;
  /** Each names a manifest that is in `manifests`. */
  readonly tags: Map<Tag, Digest>;
}

export interface MemoryState {
  /** Once for all repositories, and only what at least one of them may read. */
  readonly contents: Map<Digest, Uint8Array>;
  /** From their first blob or manifest on, also when they lose it again. */
  readonly repositories: Map<RepositoryName, MemoryRepository>;
}

export function createMemoryState(): MemoryState {
  return { contents: new Map(), repositories: new Map() };
}

/** The repository, which is there from now on. */
export function ensureRepository({ repositories }: MemoryState, name: RepositoryName): MemoryRepository {
  const known = repositories.get(name);
  if (known !== undefined) return known;
  const repository: MemoryRepository = { blobs: new Set(), manifests: new Map(), tags: new Map() };
  repositories.set(name, repository);
  return repository;
}
