/**
 * A tunnel through a proxy: CONNECT, and the answer to it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-connect
 * @module
 */
import { request, type IncomingMessage } from 'node:http';
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

/** @throws {TransferFault} `PROXY_REFUSED` with the proxy's status; what the socket says. */
export async function openTunnel({ socket, proxy, origin, signal }: Tunnel): Promise<void> {
  const target = `${origin.hostname}:${origin.port === '' ? '443' : origin.port}`;
  const status = await new Promise<number>((resolve, reject) => {
    const asking = request({
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...(proxy.authorization && { 'proxy-authorization': proxy.authorization }) },
      createConnection: () => socket,
      signal,
    });
    asking.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    asking.on('response', (response: IncomingMessage) => resolve(response.resume().statusCode ?? 0));
    asking.on('connect', ({ statusCode }: IncomingMessage, _: Socket, head: Uint8Array) => {
      if (head.byteLength > 0) socket.unshift(head);
      resolve(statusCode ?? 0);
    });
    asking.end();
  });
  if (status >= 200 && status < 300) return;
  socket.destroy();
  throw new TransferFault('PROXY_REFUSED', `HTTP ${status}`, status);
}
