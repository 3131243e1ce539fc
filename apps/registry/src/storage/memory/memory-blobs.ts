/**
 * Blobs in memory: one array of bytes for each digest, freed with the last repository that may read it.
 *
 * @module
 */
import type { Digest, RepositoryName } from '@squizzle/oci-spec';
import type { BlobReader, BlobStore } from '../contracts.ts';
import { ensureRepository, type MemoryState } from './memory-state.ts';

export function createMemoryBlobs(state: MemoryState): BlobStore {
  const { contents, repositories } = state;

  const find = (repository: RepositoryName, digest: Digest): Uint8Array | undefined =>
    repositories.get(repository)?.blobs.has(digest) === true ? contents.get(digest) : undefined;

  return {
    async stat(repository, digest) {
      const bytes = find(repository, digest);
      return bytes && { sizeBytes: bytes.byteLength };
    },
    async open(repository, digest) {
      const bytes = find(repository, digest);
      return bytes && openReader(bytes);
    },
    async mount(repository, digest, source) {
      if (find(source, digest) === undefined) return false;
      ensureRepository(state, repository).blobs.add(digest);
      return true;
    },
    holds: async (digest) => contents.has(digest),
    async delete(repository, digest) {
      if (repositories.get(repository)?.blobs.delete(digest) !== true) return false;
      if (![...repositories.values()].some(({ blobs }) => blobs.has(digest))) contents.delete(digest);
      return true;
    },
  };
}

/** Keeps the bytes alive by itself, whatever is deleted meanwhile. */
function openReader(bytes: Uint8Array): BlobReader {
  return {
    sizeBytes: bytes.byteLength,
    async read(into, position) {
      const part = bytes.subarray(position, position + into.byteLength);
      into.set(part);
      return part.byteLength;
    },
    close: () => Promise.resolve(),
  };
}
