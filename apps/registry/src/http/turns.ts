/**
 * One request of a connection at a time.
 *
 * Node hands over every request that a client sends ahead as soon as it has read it, a thousand from one packet, and
 * only their responses wait for one another. Served at once they would hold a thousand files and buffers, also for a
 * client that has gone.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onSocketClose } from './socket-close.ts';

/**
 * `undefined` when it is the request's turn already. Else resolves when the response before it is done: to `false` when
 * the connection has closed, and nobody waits for an answer any more.
 */
export type TakeTurn = (request: IncomingMessage, response: ServerResponse) => Promise<boolean> | undefined;

export function createTurns(): TakeTurn {
  const latest = new WeakMap<Socket, ServerResponse>();
  return ({ socket }, response) => {
    const previous = latest.get(socket);
    latest.set(socket, response);
    if (previous === undefined || previous.closed) return undefined;
    return new Promise((resolve) => {
      const begin = (): void => resolve(!socket.destroyed);
      const unwatch = onSocketClose(socket, begin);
      previous.once('close', () => {
        unwatch();
        begin();
      });
    });
  };
}
