/**
 * Pushing blobs: sessions, chunks, one request alone, and mounts from another repository.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 * @module
 */
import { digestAlgorithm, type Digest, type RepositoryName } from '@squizzle/oci-spec';
import type { BlobStat, Chunk, NewUpload, Store, UploadStatus } from '../storage/contracts.ts';
import { uploadUnknown } from '../storage/upload-errors.ts';

export interface MountRequest {
  readonly digest: Digest;
  /** Left out, any repository that the caller may read will do. */
  readonly source?: RepositoryName;
  /** Which repositories the caller may read: a mount must not tell more than a pull would. */
  readonly mayPull: (repository: RepositoryName) => boolean;
}

export interface UploadService {
  start(repository: RepositoryName, upload?: NewUpload): Promise<UploadStatus>;
  /** `false` when the blob cannot be mounted, for whatever reason: the client goes on with an upload. */
  mount(repository: RepositoryName, request: MountRequest): Promise<boolean>;
  /** A blob in a single request. Nothing of it stays when it fails. @throws {RegistryError} as `append` and `complete`. */
  pushWhole(repository: RepositoryName, digest: Digest, content: Chunk): Promise<BlobStat>;
  /** @throws {RegistryError} `UPLOAD_UNKNOWN`. */
  status(repository: RepositoryName, id: string): Promise<UploadStatus>;
  /** @throws {RegistryError} as `UploadManager.append`. */
  append(repository: RepositoryName, id: string, chunk: Chunk): Promise<UploadStatus>;
  /** The closing request, with or without a last chunk. @throws {RegistryError} as `UploadManager.append` and `complete`. */
  complete(repository: RepositoryName, id: string, digest: Digest, lastChunk?: Chunk): Promise<BlobStat>;
  /** @throws {RegistryError} `UPLOAD_UNKNOWN`. */
  cancel(repository: RepositoryName, id: string): Promise<void>;
}

/** Repositories looked at in one step when a mount names no source. */
const REPOSITORIES_PER_PAGE = 500;

export function createUploadService({ blobs, uploads, catalog }: Store): UploadService {
  async function mountFromAnywhere(repository: RepositoryName, { digest, mayPull }: MountRequest): Promise<boolean> {
    if (!(await blobs.holds(digest))) return false;
    for (let after: string | undefined; ;) {
      const page = await catalog.listRepositories({
        limit: REPOSITORIES_PER_PAGE,
        ...(after !== undefined && { after }),
      });
      for (const source of page.items) {
        if (mayPull(source) && (await blobs.mount(repository, digest, source))) return true;
      }
      after = page.items.at(-1);
      if (!page.more) return false;
    }
  }

  return {
    start: async (repository, upload) => uploads.create(repository, upload),
    async mount(repository, request) {
      const { digest, source, mayPull } = request;
      if (source === undefined) return mountFromAnywhere(repository, request);
      return mayPull(source) && (await blobs.mount(repository, digest, source));
    },
    async pushWhole(repository, digest, content) {
      const { id } = await uploads.create(repository, { algorithm: digestAlgorithm(digest) });
      try {
        await uploads.append(repository, id, content);
        return await uploads.complete(repository, id, digest);
      } catch (thrown) {
        await uploads.cancel(repository, id).catch(() => undefined);
        throw thrown;
      }
    },
    async status(repository, id) {
      const status = await uploads.status(repository, id);
      if (status === undefined) throw uploadUnknown(repository, id);
      return status;
    },
    append: async (repository, id, chunk) => uploads.append(repository, id, chunk),
    async complete(repository, id, digest, lastChunk) {
      if (lastChunk !== undefined) await uploads.append(repository, id, lastChunk);
      return uploads.complete(repository, id, digest);
    },
    async cancel(repository, id) {
      if (!(await uploads.cancel(repository, id))) throw uploadUnknown(repository, id);
    },
  };
}
