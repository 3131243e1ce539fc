/**
 * Blobs that several push at the same moment, as referrers do that share a config: one uploads, the others find it there.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { Bytes, ContentId, Digest } from '@squizzle/oci-spec';
import { unlessAborted } from '../../auth/single-flight.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import type { BlobOutcome } from './blob-progress.ts';
import { uploadBlob } from './upload-blob.ts';

/** As `uploadBlob`. An upload that fails is each caller's own affair: the others then upload themselves. */
export type SharedUpload = (descriptor: ContentId, content: Bytes, options: CallOptions) => Promise<BlobOutcome>;

export function createSharedUploads(access: RepositoryAccess): SharedUpload {
  const running = new Map<Digest, Promise<unknown>>();
  return async (descriptor, content, { signal }) => {
    const { digest } = descriptor;
    const first = running.get(digest);
    if (first !== undefined) await unlessAborted(first, signal);
    const upload = uploadBlob(access, descriptor, content, { signal });
    if (first === undefined) {
      const end = (): boolean => running.delete(digest);
      running.set(digest, upload.then(end, end));
    }
    return upload;
  };
}
