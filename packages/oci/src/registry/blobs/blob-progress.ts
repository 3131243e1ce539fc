/**
 * How far one blob has come, told often enough to be watched and seldom enough to cost nothing.
 *
 * @module
 */
import type { ContentId } from '@squizzle/oci-spec';
import type { RegistryEvent, TransferDirection } from '../registry-event.ts';
import type { RepositoryAccess } from '../repository-access.ts';

export interface BlobProgress {
  /** From the blob's start; may go back. */
  reach(doneBytes: number): void;
  finish(outcome: BlobOutcome): void;
}

export type BlobOutcome = Extract<RegistryEvent, { readonly type: 'blob-finished' }>['outcome'];

const STEP_BYTES = 1024 * 1024;
const STEP_MS = 100;

/**
 * Tells the first and the last byte, and between them each MiB, or after 100 ms whatever came.
 *
 * @param now milliseconds since an arbitrary start, never going back.
 */
export function createBlobProgress(
  { onEvent }: Pick<RepositoryAccess, 'onEvent'>,
  direction: TransferDirection,
  { digest, size: totalBytes }: ContentId,
  now: () => number = () => performance.now(),
): BlobProgress {
  let toldBytes = -1;
  let toldAt = -Infinity;
  const isDue = (doneBytes: number): boolean =>
    doneBytes !== toldBytes &&
    (doneBytes < toldBytes ||
      doneBytes === totalBytes ||
      doneBytes - toldBytes >= STEP_BYTES ||
      now() - toldAt >= STEP_MS);
  return {
    reach(bytes) {
      const doneBytes = Math.min(bytes, totalBytes);
      if (!isDue(doneBytes)) return;
      toldBytes = doneBytes;
      toldAt = now();
      onEvent({ type: 'blob-progress', direction, digest, doneBytes, totalBytes });
    },
    finish(outcome) {
      onEvent({ type: 'blob-finished', direction, digest, totalBytes, outcome });
    },
  };
}
