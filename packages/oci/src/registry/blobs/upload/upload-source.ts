/**
 * What is pushed, as bodies of requests: any part that can be had again, and never the last byte of wrong content.
 *
 * Three kinds: content that is small is held; what can be read again is streamed; of what can be read once, the part
 * that is on its way is held.
 *
 * @module
 */
import { isReiterable, readVerified, type Bytes, type ContentId } from '@squizzle/oci-spec';
import type { HttpBody } from '../../../http/http.ts';
import type { BlobProgress } from '../blob-progress.ts';
import type { RepositoryAccess } from '../../repository-access.ts';
import { untilAborted } from '../../../layout/until-aborted.ts';
import { createHeldSource, createReadOnceSource } from './held-source.ts';
import { createStreamedSource } from './streamed-source.ts';

export interface UploadSource {
  /** Whether `part` can give all of it at once. */
  readonly gives: 'everything' | 'parts';
  /** The first byte that can still be had. */
  firstByte(): number;
  /** The last byte that was given out, and one. When that is all of them, the content is proven. */
  givenBytes(): number;
  /**
   * The bytes from `from` on, some or all of them. Ends the use of parts given before.
   *
   * @throws {SquizzleError} `UNSUPPORTED` when as much as that cannot be held.
   */
  part(from: number, size: PartSize): Promise<HttpBody>;
  /** What reading the content threw: it is the caller's, whatever became of the request. */
  failure(): ReadFailure | undefined;
  close(): Promise<void>;
}

export interface PartSize {
  readonly mostBytes: number;
  /** A part is smaller only at the end, or after a fault. */
  readonly leastBytes: number;
}

export interface ReadFailure {
  readonly thrown: unknown;
}

export interface SourceOptions {
  readonly access: RepositoryAccess;
  readonly signal: AbortSignal | undefined;
  readonly progress: BlobProgress;
}

/** Up to here, holding all of it is cheaper than reading it twice; where chunks are smaller, up to a chunk. */
const SMALL_BYTES = 4 * 1024 * 1024;

/** @throws {ContentError} when content that is small is wrong: before anything was sent. What the content throws. */
export async function openUploadSource(
  content: Bytes,
  expected: ContentId,
  options: SourceOptions,
): Promise<UploadSource> {
  if (expected.size <= Math.min(SMALL_BYTES, options.access.limits.chunkBytes)) {
    const bytes = await readVerified(untilAborted(content, options.signal), expected, expected.size);
    return createHeldSource(bytes, options);
  }
  return isReiterable(content)
    ? createStreamedSource(content, expected, options)
    : createReadOnceSource(content, expected, options);
}
