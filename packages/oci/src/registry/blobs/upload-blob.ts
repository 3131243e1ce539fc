/**
 * Pushing a blob: not at all when it is there, then by mounting, then in one request, then in chunks.
 *
 * Content that is not what its descriptor says is never committed: its last byte is not sent before all is proven.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { Bytes, ContentId, RepositoryName } from '@squizzle/oci-spec';
import type { RepositoryAccess } from '../repository-access.ts';
import { createBlobProgress, type BlobOutcome, type BlobProgress } from './blob-progress.ts';
import { hasBlob } from './has-blob.ts';
import { createPatience } from './patience.ts';
import { cancelInTime, transferBlob } from './upload/transfer-blob.ts';
import { mountBlob, type UploadSession } from './upload/upload-session.ts';
import { openUploadSource, type UploadSource } from './upload/upload-source.ts';

export interface UploadBlobOptions extends CallOptions {
  /** Another repository of the registry that has the blob: it is then copied there, if the registry can. */
  readonly mountFrom?: RepositoryName | undefined;
}

/**
 * Content that can be read again is streamed, and read again where it must be sent again. Of other content up to a chunk
 * is held in memory; when more than that is lost at the registry, the push fails, and so it does, as `UNSUPPORTED`, where
 * the registry takes only larger chunks than may be held.
 *
 * @throws {ContentError} `SIZE_MISMATCH`, `DIGEST_MISMATCH`: nothing was kept. What the content throws, as it was.
 * @throws {SquizzleError} `DIGEST_MISMATCH` when the registry calls what it got by another digest; `TRUNCATED`,
 *   `TOO_LARGE`, `UNSAFE_REDIRECT`, `RESPONSE_INVALID`; as `expectStatus`. The signal's reason, at once, when aborted.
 */
export async function uploadBlob(
  access: RepositoryAccess,
  descriptor: ContentId,
  content: Bytes,
  options: UploadBlobOptions = {},
): Promise<BlobOutcome> {
  const { signal } = options;
  const progress = createBlobProgress(access, 'push', descriptor);
  const push = async (): Promise<BlobOutcome> => pushBlob({ access, descriptor, content, progress, options });
  const outcome = await access.gate.pass(push, { signal, lane: 'push' });
  progress.finish(outcome);
  return outcome;
}

interface BlobPush {
  readonly access: RepositoryAccess;
  readonly descriptor: ContentId;
  readonly content: Bytes;
  readonly progress: BlobProgress;
  readonly options: UploadBlobOptions;
}

async function pushBlob(push: BlobPush): Promise<BlobOutcome> {
  const { access, descriptor, progress, options } = push;
  const { signal, mountFrom } = options;
  if (await hasBlob(access, descriptor, { signal, action: 'push' })) return 'present';
  const opened = mountFrom === undefined ? 'refused' : await mountBlob(access, descriptor, { mountFrom, signal });
  if (opened === 'mounted') return 'mounted';
  const session = opened === 'refused' ? undefined : opened;
  const source = await openSource(push, session);
  try {
    const patience = createPatience(access, descriptor, { method: 'PUT', signal });
    await transferBlob({ access, descriptor, source, patience, signal }, session);
  } finally {
    await source.close();
  }
  progress.reach(descriptor.size);
  return 'transferred';
}

async function openSource(
  { access, descriptor, content, progress, options: { signal } }: BlobPush,
  session: UploadSession | undefined,
): Promise<UploadSource> {
  try {
    return await openUploadSource(content, descriptor, { access, signal, progress });
  } catch (thrown) {
    if (session !== undefined) await cancelInTime(session, signal);
    throw thrown;
  }
}
