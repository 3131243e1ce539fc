/**
 * Being told when a connection closes.
 *
 * One listener a connection however many requests wait on it: a client may send hundreds ahead, and neither a
 * request's nor a queued response's own `close` event tells of it in time.
 *
 * @module
 */
import type { Socket } from 'node:net';

const waiting = new WeakMap<Socket, Set<() => void>>();

/** Calls `listener` once when the socket closes, at once when it is closed already. Returns how to stop waiting. */
export function onSocketClose(socket: Socket, listener: () => void): () => void {
  if (socket.destroyed) {
    listener();
    return () => undefined;
  }
  const listeners = waiting.get(socket) ?? watch(socket);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function watch(socket: Socket): Set<() => void> {
  const listeners = new Set<() => void>();
  waiting.set(socket, listeners);
  socket.once('close', () => {
    for (const listener of listeners) listener();
    listeners.clear();
  });
  return listeners;
}
