/**
 * A tunnel through a proxy: CONNECT, and the answer to it.
 *
 * Read by hand: Node's client takes the first answer for the last, an interim one (1xx) as well.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-connect
 * @module
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Proxy } from './proxy.ts';
import { TransferFault } from '../exchange/transfer-fault.ts';

export interface Tunnel {
  /** Connected to the proxy; what is sent on it afterwards reaches the origin. */
  readonly socket: Socket;
  readonly proxy: Proxy;
  readonly origin: URL;
  readonly signal: AbortSignal;
}

/** @throws {TransferFault} `PROXY_REFUSED` with the proxy's status; `NOT_HTTP`; what the socket says. */
export async function openTunnel({ socket, proxy, origin, signal }: Tunnel): Promise<void> {
  const target = `${origin.hostname}:${origin.port === '' ? '443' : origin.port}`;
  const authorization = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  try {
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
    const status = await readStatus(socket, signal);
    if (status < 200 || status > 299) throw new TransferFault('PROXY_REFUSED', `HTTP ${status}`, status);
  } catch (thrown) {
    socket.on('error', () => undefined).destroy();
    throw signal.aborted ? signal.reason : thrown;
  }
}

/** All answers together, the interim ones included. */
const MOST_BYTES = 32 * 1024;
const STATUS = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |\r)/;
const HEAD_END = '\r\n\r\n';

/** Of the final answer; what comes after its head stays in the socket. */
async function readStatus(socket: Socket, signal: AbortSignal): Promise<number> {
  let received = Buffer.alloc(0);
  let begin = 0;
  for (;;) {
    const end = received.indexOf(HEAD_END, begin);
    if (end === -1) {
      if (received.byteLength > MOST_BYTES) throw new TransferFault('NOT_HTTP', `no answer in ${MOST_BYTES} bytes`);
      received = Buffer.concat([received, await readMore(socket, signal)]);
      continue;
    }
    const status = STATUS.exec(received.toString('latin1', begin, end + 2))?.[1];
    if (status === undefined) throw new TransferFault('NOT_HTTP', 'the proxy does not speak HTTP');
    begin = end + HEAD_END.length;
    if (status.startsWith('1') && status !== '101') continue;
    if (begin < received.byteLength) socket.unshift(received.subarray(begin));
    return Number(status);
  }
}

/** Without flowing mode: nothing that comes early gets lost between two readers. */
async function readMore(socket: Socket, signal: AbortSignal): Promise<Uint8Array> {
  for (;;) {
    const chunk = socket.read() as Uint8Array | null;
    if (chunk !== null) return chunk;
    if (socket.readableEnded || socket.destroyed) throw new TransferFault('NOT_HTTP', 'the proxy said nothing');
    const over = new AbortController();
    try {
      const either = { signal: AbortSignal.any([signal, over.signal]) };
      await Promise.race([
        once(socket, 'readable', either),
        once(socket, 'end', either),
        once(socket, 'close', either),
      ]);
    } finally {
      over.abort();
    }
  }
}
