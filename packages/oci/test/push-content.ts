/**
 * One blob in every form that a caller may push it: small and large, to be read again or once.
 *
 * @module
 */
import { digestOf, verifiedContent, type Bytes, type ContentId } from '@squizzle/oci-spec';

export interface PushedBlob {
  readonly bytes: Buffer;
  readonly descriptor: ContentId;
}

/** Bytes that differ from place to place: a piece that is missing, doubled or moved changes the digest. */
export function createBlob(size: number): PushedBlob {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at);
  bytes[size - 1] = 0xff;
  return { bytes, descriptor: { digest: digestOf(bytes), size } };
}

export const SMALL_BLOB: PushedBlob = createBlob(1_000);
/** Four chunks of `CHUNK_BYTES` and a little more. */
export const LARGE_BLOB: PushedBlob = createBlob(4 * 65_536 + 10_001);
export const CHUNK_BYTES = 65_536;

/** Limits that send a large blob in one request, and in chunks, as it would be sent if it were large indeed. */
export const IN_ONE = { chunkBytes: CHUNK_BYTES } as const;
export const IN_CHUNKS = { chunkBytes: CHUNK_BYTES, monolithicBytes: CHUNK_BYTES } as const;

/** How the bytes are handed over. `reads` counts the readings that were begun. */
export interface ContentForm {
  readonly form: string;
  readonly once: boolean;
  readonly open: (bytes: Uint8Array, descriptor: ContentId) => Bytes;
}

export const CONTENT_FORMS: readonly ContentForm[] = [
  { form: 'an array', once: false, open: (bytes) => [bytes.subarray(0, 50_000), bytes.subarray(50_000)] },
  { form: 'an iterable', once: false, open: (bytes) => ({ [Symbol.asyncIterator]: () => inChunks(bytes) }) },
  {
    form: 'verified content',
    once: false,
    open: (bytes, expected) => verifiedContent(() => inChunks(bytes), expected),
  },
  { form: 'a generator', once: true, open: (bytes) => inChunks(bytes) },
];

/** Many sizes, empty chunks among them. */
export async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const sizes = [0, 1, 1_000, 70_000, 40_000, 20_000];
  for (let at = 0, turn = 0; at < bytes.byteLength; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

/** Some bytes; then the error. */
export async function* failingAfter(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes);
  throw error;
}

/** Some bytes; then nothing for ever. */
export async function* stallingAfter(bytes: Uint8Array, then: () => void): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes);
  setImmediate(then);
  await new Promise(() => undefined);
}
