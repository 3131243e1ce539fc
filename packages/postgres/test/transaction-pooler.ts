/**
 * A small stand-in for PgBouncer: clients share backends, and a backend is a client's only for the length of a
 * transaction, or, in session mode, of its connection; statement mode refuses transactions. It announces process numbers
 * of its own, as PgBouncer does, and resets nothing.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 * @module
 */
import { connect, createServer, type Socket } from 'node:net';

export interface TransactionPooler {
  readonly url: string;
  stop(): Promise<void>;
}

export type PoolMode = 'transaction' | 'session' | 'statement';

/** What every client but the first is refused, and with which SQLSTATE. */
export interface PoolerRefusal {
  readonly refused: 'start-up' | 'BEGIN';
  readonly sqlState: string;
}

interface Backend {
  readonly socket: Socket;
  /** `gone`: it left, and what it left open is rolled back now. */
  client: Socket | 'gone' | null;
  /** Requests that are not answered to their end. */
  pending: number;
}

/** Statement mode refuses transactions as PgBouncer does. */
const STATEMENTS_ONLY: Readonly<Record<PoolMode, PoolerRefusal | null>> = {
  transaction: null,
  session: null,
  statement: { refused: 'BEGIN', sqlState: '08P01' },
};

const AUTHENTICATED = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const READY_TYPE = 0x5a;
const QUERY_TYPE = 0x51;
const SYNC_TYPE = 0x53;
const TERMINATE_TYPE = 0x58;

export async function startTransactionPooler(
  serverUrl: string,
  poolSize: number,
  mode: PoolMode = 'transaction',
  refusal: PoolerRefusal | null = null,
): Promise<TransactionPooler> {
  const { hostname, port, pathname, username } = new URL(serverUrl);
  const backends = await Promise.all(
    Array.from({ length: poolSize }, () =>
      openBackend(connect(Number(port), hostname).setNoDelay(), mode, username, pathname.slice(1)),
    ),
  );
  const clients = new Set<Socket>();
  let accepted = 0;
  const server = createServer((client) => {
    accepted += 1;
    clients.add(client.setNoDelay());
    client.on('error', () => undefined);
    client.on('close', () => clean(backends.find((backend) => backend.client === client)));
    serve(client, backends, accepted > 1 && refusal !== null ? refusal : STATEMENTS_ONLY[mode]);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address() as { port: number };
  return {
    url: `postgres://${username}@127.0.0.1:${address.port}${pathname}`,
    stop: async () => {
      for (const socket of [...clients, ...backends.map((backend) => backend.socket)]) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Whole messages of the server; `onReady` with the transaction status after each answer. */
function readMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      const end = 1 + rest.readUInt32BE(1);
      onMessage(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

/** Rolls back for a client that has left. */
function clean(backend: Backend | undefined): void {
  if (backend === undefined) return;
  backend.client = 'gone';
  backend.pending += 1;
  backend.socket.write(simpleQuery('ROLLBACK'));
}

function simpleQuery(sql: string): Buffer {
  const head = Buffer.from([QUERY_TYPE, 0, 0, 0, 0]);
  head.writeUInt32BE(5 + sql.length, 1);
  return Buffer.concat([head, Buffer.from(`${sql}\0`)]);
}

function openBackend(socket: Socket, mode: PoolMode, user: string, database: string): Promise<Backend> {
  const backend: Backend = { socket, client: null, pending: 0 };
  backend.socket.on('error', () => undefined);
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + parameters.length, 0);
  head.writeUInt32BE(196_608, 4);
  backend.socket.write(Buffer.concat([head, parameters]));
  return new Promise((done) => {
    let started = false;
    readMessages(backend.socket, (message) => {
      if (started && backend.client !== 'gone') backend.client?.write(message);
      if (message[0] !== READY_TYPE) return;
      if (started) backend.pending -= 1;
      const isKept = mode === 'session' && backend.client !== 'gone';
      if (backend.pending === 0 && message[5] === 0x49 && !isKept) backend.client = null;
      started = true;
      done(backend);
    });
  });
}

/** Each message of a client goes to the backend it has, or to the next one that is free: the one used longest ago. */
function serve(client: Socket, backends: Backend[], refusal: PoolerRefusal | null): void {
  const waiting: Buffer[] = [];
  const retry = (): void => {
    while (waiting[0] !== undefined && forward(waiting[0])) waiting.shift();
    if (waiting.length > 0 && !client.destroyed) setTimeout(retry, 5);
  };
  const take = (message: Buffer): void => {
    waiting.push(message);
    if (waiting.length === 1) retry();
  };
  /** @returns whether there was a backend for it. */
  const forward = (message: Buffer): boolean => {
    if (message[0] === TERMINATE_TYPE || client.destroyed) {
      client.end();
      return true;
    }
    if (refusal?.refused === 'BEGIN' && message.includes('BEGIN')) {
      client.end(refuse(refusal.sqlState));
      return true;
    }
    const own = backends.find((backend) => backend.client === client);
    const chosen = own ?? backends.find((backend) => backend.client === null);
    if (chosen === undefined) return false;
    if (own === undefined) backends.push(...backends.splice(backends.indexOf(chosen), 1));
    chosen.client = client;
    if (message[0] === QUERY_TYPE || message[0] === SYNC_TYPE) chosen.pending += 1;
    chosen.socket.write(message);
    return true;
  };
  client.once('data', () => {
    if (refusal?.refused === 'start-up') return client.end(refuse(refusal.sqlState));
    client.write(Buffer.concat([AUTHENTICATED, announcement(), READY]));
    readMessages(client, take);
  });
}

/** BackendKeyData with a number that no backend has. */
function announcement(): Buffer {
  const message = Buffer.alloc(13);
  message.write('K');
  message.writeUInt32BE(12, 1);
  message.writeUInt32BE(4_000_000 + Math.floor(Math.random() * 100_000), 5);
  return message;
}

/** ErrorResponse: FATAL. */
function refuse(sqlState: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0Mnot here\0\0`);
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeUInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}
