/**
 * Pulling and deleting blobs.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 * @module
 */
import type { Digest, RepositoryName } from '@squizzle/oci-spec';
import { RegistryError } from '../registry-error.ts';
import type { BlobReader, BlobStat, BlobStore } from '../storage/contracts.ts';

export interface BlobService {
  /** @throws {RegistryError} `BLOB_UNKNOWN`. */
  stat(repository: RepositoryName, digest: Digest): Promise<BlobStat>;
  /** Must be closed. @throws {RegistryError} `BLOB_UNKNOWN`. */
  open(repository: RepositoryName, digest: Digest): Promise<BlobReader>;
  /** @throws {RegistryError} `BLOB_UNKNOWN`. */
  delete(repository: RepositoryName, digest: Digest): Promise<void>;
}

export function createBlobService(blobs: BlobStore): BlobService {
  return {
    async stat(repository, digest) {
      return (await blobs.stat(repository, digest)) ?? refuse(repository, digest);
    },
    async open(repository, digest) {
      return (await blobs.open(repository, digest)) ?? refuse(repository, digest);
    },
    async delete(repository, digest) {
      if (!(await blobs.delete(repository, digest))) refuse(repository, digest);
    },
  };
}

function refuse(repository: RepositoryName, digest: Digest): never {
  throw new RegistryError('BLOB_UNKNOWN', `repository ${repository} has no blob ${digest}`, {
    detail: { name: repository, digest },
  });
}
