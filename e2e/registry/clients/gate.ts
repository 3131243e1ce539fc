/**
 * A TCP gate before a registry: bytes pass through untouched until a test closes it in the midst of an upload.
 *
 * It makes "in the midst" an event instead of a delay: the client is known to be sending and cannot have finished.
 *
 * @module
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pipeline, Transform } from 'node:stream';

export interface Gate {
  /** What clients are told instead of the registry's own. */
  readonly host: string;
  /** Resolves once the clients have sent that many bytes more; from then on nothing they send passes. */
  holdAfter(sizeBytes: number): Promise<void>;
  /** Lets pass what was held and all that follows. */
  open(): void;
  close(): Promise<void>;
}

export async function openGate(port: number): Promise<Gate> {
  let [sentBytes, limitBytes] = [0, Infinity];
  let reached: () => void = () => undefined;
  let held: (() => void)[] = [];
  const sockets = new Set<Socket>();

  const passClient = (): Transform =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sentBytes += chunk.byteLength;
        if (sentBytes < limitBytes) return done(null, chunk);
        held.push(() => done(null, chunk));
        reached();
      },
    });

  // Half-open, as a client's connection is: one side may have finished sending and still wait for the answer.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const registry = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, registry]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    // A side that breaks takes the other one with it; who it was shows in what the client says.
    pipeline(client, passClient(), registry, () => undefined);
    pipeline(registry, client, () => undefined);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));

  const open = (): void => {
    limitBytes = Infinity;
    const waiting = held;
    held = [];
    for (const pass of waiting) pass();
  };
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    holdAfter(sizeBytes) {
      limitBytes = sentBytes + sizeBytes;
      return new Promise((resolve) => (reached = resolve));
    },
    async close() {
      open();
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
