/**
 * The body of a request, a chunk at a time: the client is not asked for more while one waits to be taken.
 *
 * Node's parser has already made sure that a body is as long as it was announced: one that ends early arrives here as
 * a client that went away. What is left unread is the concern of `respond.ts`.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { RegistryError } from '../registry-error.ts';
import { ClientAborted } from './client-aborted.ts';
import type { Exchange } from './exchange.ts';

/** Bytes that the client announced: 0 for a request without a body, `undefined` when it did not say. */
export function announcedLength({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

export function hasBody(request: IncomingMessage): boolean {
  return announcedLength(request) !== 0;
}

/**
 * Reads the body, once. Whoever stops early leaves the rest on the connection.
 *
 * @throws {RegistryError} `BODY_TIMEOUT` when no byte came for `limits.bodyIdleMs`.
 * @throws {ClientAborted} when the connection closed before the end.
 */
export async function* readBody(exchange: Exchange): AsyncGenerator<Uint8Array, void, undefined> {
  const { request, response } = exchange;
  if (!hasBody(request)) return;
  if (exchange.awaitsContinue) {
    exchange.awaitsContinue = false;
    response.writeContinue();
  }
  const arrivals = receive(request, exchange.limits.bodyIdleMs);
  try {
    for (let chunk = await arrivals.next(); chunk !== undefined; chunk = await arrivals.next()) {
      exchange.bytesIn += chunk.byteLength;
      yield chunk;
    }
  } finally {
    arrivals.stop();
  }
}

/**
 * Reads a body that must fit into memory.
 *
 * @throws {RegistryError} `MANIFEST_TOO_LARGE` as soon as the announcement or the bytes exceed `limitBytes`; and as
 *   `readBody`.
 */
export async function readBounded(exchange: Exchange, limitBytes: number): Promise<Uint8Array> {
  const refuse = (): never => {
    throw new RegistryError('MANIFEST_TOO_LARGE', `a manifest may have ${limitBytes} bytes, this one has more`, {
      detail: { limitBytes },
    });
  };
  if ((announcedLength(exchange.request) ?? 0) > limitBytes) refuse();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of readBody(exchange)) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) refuse();
    chunks.push(chunk);
  }
  const [only, ...others] = chunks;
  return only !== undefined && others.length === 0 ? only : Buffer.concat(chunks);
}

interface Arrivals {
  /** The next chunk, `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  stop(): void;
}

function receive(request: IncomingMessage, idleMs: number): Arrivals {
  let chunk: Uint8Array | undefined;
  let state: 'open' | 'ended' | Error = request.destroyed ? new ClientAborted('gone before its body was read') : 'open';
  let wake: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const settle = (to: 'ended' | Error): void => {
    if (state === 'open') state = to;
    wake?.();
  };
  const onData = (data: Uint8Array): void => {
    chunk = data;
    request.pause();
    wake?.();
  };
  const onEnd = (): void => settle('ended');
  const onClose = (): void => settle(new ClientAborted('the connection closed in the midst of the body'));
  const onIdle = (): void => {
    if (wake !== undefined) settle(new RegistryError('BODY_TIMEOUT', `no byte of the body came for ${idleMs} ms`));
  };
  request.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);

  const arrival = async (): Promise<void> => {
    if (timer === undefined) timer = setTimeout(onIdle, idleMs);
    else timer.refresh();
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    wake = undefined;
  };
  return {
    async next() {
      if (chunk === undefined && state === 'open') await arrival();
      if (chunk === undefined) {
        if (state instanceof Error) throw state;
        return undefined;
      }
      const taken = chunk;
      chunk = undefined;
      request.resume();
      return taken;
    },
    stop() {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).pause();
      // The listener for errors stays: without one, an error after this would end the process.
    },
  };
}
