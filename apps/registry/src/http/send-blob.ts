/**
 * Sends a blob or a part of it: two buffers, one being filled while the other is being written.
 *
 * A buffer is filled again only when its bytes were handed to the system, so the memory of a download is the same for
 * every size and for every slow client.
 *
 * @module
 */
import type { BlobReader } from '../storage/contracts.ts';
import type { BufferPool } from './buffer-pool.ts';
import { ClientAborted } from './client-aborted.ts';
import type { Exchange } from './exchange.ts';
import { respond, writeHead, type HeaderList } from './respond.ts';
import { onSocketClose } from './socket-close.ts';

export interface BlobPart {
  readonly status: 200 | 206;
  readonly headers: HeaderList;
  /** From `start`, inclusive, to `end`, exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Up to here one buffer of the right size is made, filled and written. */
const SMALL_BYTES = 64 * 1024;

/**
 * Answers with the part. Nothing is written before the first bytes were read, so that a fault of the storage can still
 * be answered as one.
 *
 * @throws {ClientAborted} when the connection closed, or nothing was taken for `limits.sendIdleMs`.
 * @throws whatever the storage throws. With the response begun, the connection must be cut: half a blob is none.
 */
export async function sendBlob(
  exchange: Exchange,
  reader: BlobReader,
  part: BlobPart,
  pool: BufferPool,
): Promise<void> {
  const { status, headers, start, end } = part;
  if (end - start <= SMALL_BYTES) {
    const bytes = Buffer.allocUnsafe(end - start);
    await fill(reader, bytes, start);
    respond(exchange, status, headers, bytes);
    return;
  }
  const buffers: [Uint8Array, Uint8Array] = [pool.take(), pool.take()];
  // After a failure a buffer might still be in use somewhere below.
  let reusable = false;
  try {
    await sendLarge(exchange, reader, part, buffers);
    reusable = true;
  } finally {
    for (const buffer of buffers) pool.giveBack(buffer, reusable);
  }
}

async function sendLarge(
  exchange: Exchange,
  reader: BlobReader,
  { status, headers, start, end }: BlobPart,
  [first, second]: [Uint8Array, Uint8Array],
): Promise<void> {
  const read = (buffer: Uint8Array, position: number): Promise<Uint8Array> =>
    fill(reader, buffer.subarray(0, Math.min(buffer.byteLength, end - position)), position);

  let filled = await read(first, start);
  writeHead(exchange, status, ['Content-Length', String(end - start), ...headers]);
  const writer = openWriter(exchange);
  try {
    let free = second;
    let position = start + filled.byteLength;
    while (filled.byteLength > 0) {
      // Both are waited for, also when one fails: the reader must not be closed in the midst of a read.
      const [written, next] = await Promise.allSettled([writer.write(filled), read(free, position)]);
      if (written.status === 'rejected') throw written.reason;
      if (next.status === 'rejected') throw next.reason;
      free = free === second ? first : second;
      filled = next.value;
      position += filled.byteLength;
    }
    exchange.response.end();
  } finally {
    writer.close();
  }
}

async function fill(reader: BlobReader, into: Uint8Array, position: number): Promise<Uint8Array> {
  const count = into.byteLength === 0 ? 0 : await reader.read(into, position);
  if (count === into.byteLength) return into;
  throw new RangeError(`expected ${into.byteLength} bytes of the blob at ${position}, got ${count}`);
}

interface Writer {
  /** Resolves when the bytes need not be kept any more. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

const gone = (): ClientAborted => new ClientAborted('the connection closed in the midst of a download');

function openWriter(exchange: Exchange): Writer {
  const { request, response, limits } = exchange;
  // Node ends a connection that is idle for so long, which a client that takes little by little is not. Not while
  // another response has the connection: the next request gets a clean clock.
  response.socket?.setTimeout(limits.sendIdleMs);
  let closed = false;
  let fail: ((reason: ClientAborted) => void) | undefined;
  const unwatch = onSocketClose(request.socket, () => {
    closed = true;
    fail?.(gone());
  });
  return {
    async write(bytes) {
      if (closed) throw gone();
      await new Promise<void>((resolve, reject) => {
        fail = reject;
        response.write(bytes, (error) => {
          if (error) reject(gone());
          else resolve();
        });
      });
      exchange.bytesOut += bytes.byteLength;
    },
    close: unwatch,
  };
}
