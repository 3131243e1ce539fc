/**
 * The open connections of a server and what is under way on each: to answer nothing in the midst of a response, and
 * to know which connections nobody needs when the server stops.
 *
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Connections {
  /** The response that is being, or will next be, written to the connection. */
  current(socket: Duplex): ServerResponse | undefined;
  /** Closes those without a request under way, also those that never sent one: Node's own idea of idle leaves them. */
  closeUnused(): void;
}

export function trackConnections(server: Server): Connections {
  /** By connection, the responses that may not be finished, in the order in which they go out. */
  const open = new Map<Duplex, ServerResponse[]>();
  const current = (socket: Duplex): ServerResponse | undefined => {
    const responses = open.get(socket) ?? [];
    while (responses[0]?.writableFinished === true) responses.shift();
    return responses[0];
  };
  const begin = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    current(socket);
    open.get(socket)?.push(response);
  };
  server.on('connection', (socket) => {
    open.set(socket, []);
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', begin).on('checkContinue', begin);
  return {
    current,
    closeUnused() {
      for (const socket of open.keys()) if (current(socket) === undefined) socket.destroy();
    },
  };
}
