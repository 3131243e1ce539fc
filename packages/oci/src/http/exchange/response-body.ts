/**
 * The body of a response on its way in: a short queue between the socket and its reader.
 *
 * A reader that is slower than the network makes the socket wait; a network that brings next to nothing while the
 * reader waits ends the response.
 *
 * @module
 */
import { createChunkQueue } from './chunk-queue.ts';
import { TransferFault } from './transfer-fault.ts';
import { createWatchdog } from './watchdog.ts';

/** Most that is held for a slow reader: a few pieces as they come from a socket (64 KiB). */
const QUEUE_BYTES = 256 * 1024;
/** Less than this within the idle time is as good as nothing: a drip would hold a connection for days. */
const PROGRESS_BYTES = 16 * 1024;
/** Reading on is cheaper than a new connection, up to here. */
const DISCARD_BYTES = 64 * 1024;
const DISCARD_MS = 1_000;

export interface BodySource {
  readonly idleMs: number;
  pause(): void;
  resume(): void;
  /** Closes the connection. `fail` follows. */
  abort(reason: Error): void;
}

export interface ResponseBody {
  readonly body: AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
  push(chunk: Uint8Array): void;
  end(): void;
  /** What arrived before is still read. */
  fail(error: unknown): void;
  /** The reader itself wants no more: nothing is read, not even what arrived. */
  cancel(reason: unknown): void;
}

export function createResponseBody(source: BodySource): ResponseBody {
  const queue = createChunkQueue();
  const pace = createPace(source);
  let unwanted = false;
  let droppedBytes = 0;
  const giveUp = (): void => {
    unwanted = true;
    queue.clear();
    pace.stop();
    if (!queue.settled) source.abort(new TransferFault('DISCARDED', 'the rest of the response is not wanted'));
  };
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    const result = await queue.next();
    if (!queue.settled) pace.readerTook(queue.bytes);
    return result;
  };
  const stopReading = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    giveUp();
    return { done: true, value: undefined };
  };
  return {
    body: { [Symbol.asyncIterator]: () => ({ next, return: stopReading }) },
    async discard() {
      unwanted = true;
      queue.clear();
      if (queue.settled) return;
      const late = createWatchdog(DISCARD_MS, giveUp);
      late.start();
      pace.readerTook(0);
      await queue.whenSettled();
      late.stop();
    },
    push(chunk) {
      if (!unwanted) queue.push(chunk);
      else droppedBytes += chunk.byteLength;
      pace.networkBrought(chunk.byteLength, queue.bytes);
      if (droppedBytes > DISCARD_BYTES) giveUp();
    },
    end() {
      pace.stop();
      queue.end();
    },
    fail(error) {
      pace.stop();
      queue.fail(error);
    },
    cancel(reason) {
      pace.stop();
      queue.clear();
      queue.fail(reason);
    },
  };
}

interface Pace {
  networkBrought(bytes: number, queuedBytes: number): void;
  readerTook(queuedBytes: number): void;
  stop(): void;
}

/** Stops the network when the queue is full, and times it when it is not. */
function createPace(source: BodySource): Pace {
  let paused = false;
  let freshBytes = 0;
  const idle = createWatchdog(source.idleMs, () => {
    source.abort(new TransferFault('UND_ERR_BODY_TIMEOUT', `less than ${PROGRESS_BYTES} bytes in ${source.idleMs} ms`));
  });
  const startTime = (): void => {
    freshBytes = 0;
    idle.start();
  };
  startTime();
  return {
    networkBrought(bytes, queuedBytes) {
      freshBytes += bytes;
      if (queuedBytes > QUEUE_BYTES) {
        paused = true;
        idle.stop();
        source.pause();
      } else if (freshBytes >= PROGRESS_BYTES) startTime();
    },
    readerTook(queuedBytes) {
      if (!paused || queuedBytes > QUEUE_BYTES / 2) return;
      paused = false;
      startTime();
      source.resume();
    },
    stop: () => idle.stop(),
  };
}
