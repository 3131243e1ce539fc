/**
 * A TCP proxy that understands how PostgreSQL frames messages, so that a connection can be cut after exactly so many of
 * them. It counts over all connections, in the order in which it forwards.
 *
 * @see https://www.postgresql.org/docs/current/protocol-overview.html
 * @module
 */
import { connect, createServer, type Socket } from 'node:net';

export type Direction = 'client' | 'server';

/** `close`: as a peer that ends. `reset`: as one that is gone. `silence`: nothing is forwarded any more, either way. */
export type CutKind = 'close' | 'reset' | 'silence';

export interface Cut {
  /** Whose messages are counted. */
  readonly direction: Direction;
  /** So many are let through. */
  readonly after: number;
  readonly kind: CutKind;
}

export interface ProtocolProxy {
  readonly url: string;
  /** Types of the messages forwarded so far: `Q`, `D` …; `?` for the first of a client, which has none. */
  seen(direction: Direction): string;
  /** Whether the cut was made. */
  wasCut(): boolean;
  /** Makes every connection silent now. */
  silence(): void;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export async function startProtocolProxy(serverUrl: string, cut: Cut | null = null): Promise<ProtocolProxy> {
  const target = new URL(serverUrl);
  const pairs = new Set<Pair>();
  const seen = { client: '', server: '' };
  let [isDone, isSilent] = [false, false];

  const sever = ({ client, server }: Pair, kind: CutKind): void => {
    isDone = true;
    if (kind === 'silence') isSilent = true;
    else if (kind === 'reset') [client, server].forEach((socket) => socket.resetAndDestroy());
    else [client, server].forEach((socket) => socket.end());
  };
  const isDue = (direction: Direction): boolean =>
    !isDone && cut?.direction === direction && seen[direction].length >= cut.after;
  /** @returns whether the connection goes on. */
  const forward = (pair: Pair, direction: Direction, { type, bytes }: Message): boolean => {
    if (isSilent) return false;
    if (cut !== null && isDue(direction)) {
      sever(pair, cut.kind);
      return false;
    }
    seen[direction] += type;
    pair[direction === 'client' ? 'server' : 'client'].write(bytes);
    return true;
  };

  const proxy = createServer((client) => {
    const pair = { client, server: connect(Number(target.port), target.hostname) };
    pairs.add(pair);
    relay(pair, 'client', (message) => forward(pair, 'client', message));
    relay(pair, 'server', (message) => forward(pair, 'server', message));
    join(pair, () => !isSilent);
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  const url = new URL(serverUrl);
  url.port = String((proxy.address() as { readonly port: number }).port);
  return {
    url: url.href,
    seen: (direction) => seen[direction],
    wasCut: () => isDone,
    silence: () => {
      isSilent = true;
    },
    stop: async () => {
      for (const { client, server } of pairs) [client, server].forEach((socket) => socket.destroy());
      await new Promise((done) => proxy.close(done));
    },
  };
}

interface Message {
  readonly type: string;
  readonly bytes: Buffer;
}

/** What ends on one side ends on the other, unless the ends are not to hear of each other. */
function join({ client, server }: Pair, hears: () => boolean): void {
  for (const [source, sink] of [
    [client, server],
    [server, client],
  ] as const) {
    source.on('error', () => hears() && sink.destroy());
    source.on('end', () => hears() && sink.end());
    source.on('close', () => hears() && sink.destroy());
  }
}

/** Hands over whole messages until told to stop. */
function relay(pair: Pair, from: Direction, forward: (message: Message) => boolean): void {
  const source = pair[from];
  let [rest, isOpen, isFirst] = [Buffer.alloc(0), true, from === 'client'];
  source.setNoDelay(true);
  source.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    for (let message = nextMessage(rest, isFirst); isOpen && message !== null; message = nextMessage(rest, isFirst)) {
      rest = rest.subarray(message.bytes.length);
      isFirst = false;
      isOpen = forward(message);
    }
  });
}

/** The first message of a client is without a type: its length comes first. */
function nextMessage(bytes: Buffer, isFirst: boolean): Message | null {
  const head = isFirst ? 0 : 1;
  if (bytes.length < head + 4) return null;
  const length = head + bytes.readUInt32BE(head);
  if (bytes.length < length) return null;
  return { type: isFirst ? '?' : String.fromCharCode(bytes[0] ?? 0), bytes: bytes.subarray(0, length) };
}
