/**
 * How far a push or pull is, blob by blob, for one call: a client's events tell of all its calls together.
 *
 * @module
 */
import type { Descriptor, Digest } from '@squizzle/oci-spec';
import type { TransferDirection } from '../../registry/registry-event.ts';
import type { RepositoryAccess } from '../../registry/repository-access.ts';

export interface TransferProgress {
  readonly digest: Digest;
  /** Bytes; never more than `total`. Goes back where a transfer begins anew. */
  readonly done: number;
  readonly total: number;
}

export type OnTransferProgress = (progress: TransferProgress) => void;

export interface WatchedAccess {
  /** The same repository, whose blobs are told of. */
  readonly access: RepositoryAccess;
  /** Tells that all of it is there, unless that was told. */
  finish(descriptor: Descriptor): void;
}

export function watchTransfers(
  access: RepositoryAccess,
  direction: TransferDirection,
  onProgress: OnTransferProgress = () => undefined,
): WatchedAccess {
  const reached = new Map<Digest, number>();
  const tell = (digest: Digest, done: number, total: number): void => {
    if (reached.get(digest) === done) return;
    reached.set(digest, done);
    onProgress({ digest, done, total });
  };
  return {
    access: {
      ...access,
      onEvent(event) {
        access.onEvent(event);
        if (event.type === 'blob-progress' && event.direction === direction) {
          tell(event.digest, event.doneBytes, event.totalBytes);
        }
      },
    },
    finish: ({ digest, size }) => tell(digest, size, size),
  };
}
