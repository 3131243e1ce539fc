/**
 * The body of a request on its way out: exactly as many bytes as were announced, in pieces of bounded size.
 *
 * It notices when the other side stops reading; how long the source takes to make the next piece is its own affair.
 *
 * @module
 */
import type { HttpBody } from '../http.ts';

/** A piece must leave within the idle time, so it may not be large on a slow line. */
const PIECE_BYTES = 64 * 1024;

export interface SendWatch {
  /** A piece was handed over and waits to be taken. */
  waiting(): void;
  /** It was taken. */
  taken(): void;
  /** All was taken. */
  sent(): void;
  /** The source failed; its error is the caller's, not the network's. */
  failed(error: unknown): void;
}

/** @throws {RangeError} when the source has more or fewer bytes than `sizeBytes`; before a byte too many is yielded. */
export async function* exactBody(body: HttpBody, watch: SendWatch): AsyncGenerator<Uint8Array, void, undefined> {
  let left = body.sizeBytes;
  const source = body.open();
  try {
    for await (const chunk of guarded(source, watch)) {
      left -= chunk.byteLength;
      if (left < 0) throw wrongSize(body, `at least ${body.sizeBytes - left}`, watch);
      for (const piece of piecesOf(chunk)) {
        watch.waiting();
        yield piece;
        watch.taken();
      }
    }
  } finally {
    watch.taken();
  }
  if (left > 0) throw wrongSize(body, `${body.sizeBytes - left}`, watch);
  watch.sent();
}

async function* guarded(source: ReturnType<HttpBody['open']>, watch: SendWatch): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (thrown) {
    watch.failed(thrown);
    throw thrown;
  }
}

function* piecesOf(chunk: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < chunk.byteLength; from += PIECE_BYTES) yield chunk.subarray(from, from + PIECE_BYTES);
}

function wrongSize(body: HttpBody, found: string, watch: SendWatch): RangeError {
  const error = new RangeError(`the body of a request was announced with ${body.sizeBytes} bytes and has ${found}`);
  watch.failed(error);
  return error;
}
