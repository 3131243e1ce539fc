/**
 * Content checked against its descriptor while it passes.
 *
 * Nothing is trusted before the end: a consumer that saw every byte of bad content still never sees it finish.
 *
 * @module
 */
import { ContentError } from './content-error.ts';
import type { ContentId } from './descriptor.ts';
import { createDigester, digestAlgorithm } from './digest.ts';

/** Where bytes come from: an HTTP body, a file, an array of chunks. */
export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Passes the source through, counting and hashing. Constant memory; the source is closed however it ends.
 *
 * No byte beyond the expected size is yielded. What was yielded before a throw must be thrown away.
 *
 * @throws {ContentError} `SIZE_MISMATCH` as soon as there are too many bytes, or at the end if too few;
 *   `DIGEST_MISMATCH` at the end. What the source throws passes unchanged.
 */
export async function* verifyContent(source: Bytes, expected: ContentId): AsyncGenerator<Uint8Array, void, undefined> {
  const digester = createDigester(digestAlgorithm(expected.digest));
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > expected.size) throw sizeMismatch(expected, size);
    digester.update(chunk);
    yield chunk;
  }
  if (size !== expected.size) throw sizeMismatch(expected, size);
  const actual = digester.digest();
  if (actual !== expected.digest) {
    throw new ContentError('DIGEST_MISMATCH', `expected ${expected.digest}, found ${actual} in ${size} bytes`, {
      expected: expected.digest,
      actual,
      sizeBytes: size,
    });
  }
}

/**
 * Collects content that is small enough to hold, verified.
 *
 * @throws {ContentError} `TOO_LARGE` when the descriptor asks for more than `maxBytes`, before the source is touched
 *   (whoever opened it closes it); else as `verifyContent`.
 */
export async function readVerified(source: Bytes, expected: ContentId, maxBytes: number): Promise<Uint8Array> {
  if (expected.size > maxBytes) {
    throw new ContentError(
      'TOO_LARGE',
      `${expected.digest}: ${expected.size} bytes, more than the ${maxBytes} allowed`,
      {
        what: expected.digest,
        limitBytes: maxBytes,
        actualBytes: expected.size,
      },
    );
  }
  const bytes = new Uint8Array(expected.size);
  let at = 0;
  for await (const chunk of verifyContent(source, expected)) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function sizeMismatch(expected: ContentId, receivedBytes: number): ContentError<'SIZE_MISMATCH'> {
  const found = receivedBytes > expected.size ? `at least ${receivedBytes}` : `${receivedBytes}`;
  return new ContentError('SIZE_MISMATCH', `${expected.digest}: expected ${expected.size} bytes, found ${found}`, {
    digest: expected.digest,
    expectedBytes: expected.size,
    receivedBytes,
  });
}
