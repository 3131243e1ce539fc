/**
 * Stands between a client and a server and breaks the connection at one request of the client's: before the server gets
 * it, or when the server begins to answer it. So every step of a protocol can be the last.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 * @module
 */
import { connect, createServer, type Socket } from 'node:net';

export type CutMoment = 'unsent' | 'unanswered';

export interface CuttingProxy {
  readonly url: string;
  /** Arms it anew: counts the client's requests from now on, the start-up being the first. */
  cutAt(request: number, moment: CutMoment, onCut?: () => void): void;
  /** Whether it has cut since. */
  hasCut(): boolean;
  stop(): Promise<void>;
}

interface Cut {
  readonly at: number;
  readonly moment: CutMoment;
  readonly onCut: (() => void) | undefined;
  seen: number;
  done: boolean;
}

export async function startCuttingProxy(serverUrl: string): Promise<CuttingProxy> {
  const { hostname, port, pathname, username } = new URL(serverUrl);
  let cut: Cut = { at: Infinity, moment: 'unsent', onCut: undefined, seen: 0, done: false };
  const server = createServer((client) => {
    relay(client.setNoDelay(), connect(Number(port), hostname).setNoDelay(), () => cut);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address() as { port: number };
  return {
    url: `postgres://${username}@127.0.0.1:${address.port}${pathname}`,
    cutAt: (at, moment, onCut) => {
      cut = { at, moment, onCut, seen: 0, done: false };
    },
    hasCut: () => cut.done,
    stop: () => new Promise((done) => server.close(() => done())),
  };
}

function relay(client: Socket, backend: Socket, current: () => Cut): void {
  const breakOff = (): void => {
    current().done = true;
    current().onCut?.();
    client.resetAndDestroy();
    backend.destroy();
  };
  let waitsForAnswer = false;
  for (const [from, to] of [
    [client, backend],
    [backend, client],
  ] as const) {
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
  }
  readMessages(client, (message) => {
    const cut = current();
    cut.seen += isRequest(message) ? 1 : 0;
    if (cut.seen === cut.at && cut.moment === 'unsent') return breakOff();
    waitsForAnswer ||= cut.seen === cut.at;
    backend.write(message);
  });
  backend.on('data', (data: Buffer) => {
    if (waitsForAnswer) return breakOff();
    client.write(data);
  });
}

/** The start-up, Query and Sync: what the server answers. Terminate: the last that it is sent. */
function isRequest(message: Buffer): boolean {
  return message[0] === 0 || 'QSX'.includes(String.fromCharCode(message[0] ?? 0));
}

/** Whole messages of a client; the first has no type. */
function readMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
  let [rest, lead] = [Buffer.alloc(0), 0];
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= lead + 4 && rest.length >= lead + rest.readUInt32BE(lead)) {
      const end = lead + rest.readUInt32BE(lead);
      onMessage(rest.subarray(0, end));
      rest = rest.subarray(end);
      lead = 1;
    }
  });
}
