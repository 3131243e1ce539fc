/**
 * A registry over memory on a free port, and requests to it as a client makes them: for tests alone.
 *
 * @module
 */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createApp, type AppOptions } from '../../src/app.ts';
import type { LogFields, Logger } from '../../src/log/logger.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { createServices } from '../../src/services/services.ts';
import type { Store } from '../../src/storage/contracts.ts';
import { createMemoryStore } from '../../src/storage/memory/memory-store.ts';

export interface TestServer extends RunningServer, AsyncDisposable {
  readonly store: Store;
  /** What was logged so far. */
  readonly log: readonly LoggedLine[];
  /** Over a connection that is kept for the next request, unless the server closes it. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  /** A connection to write to as one likes. */
  connect(): Promise<RawConnection>;
}

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export interface SendOptions {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** Parsed anew each time. */
  json(): unknown;
  /** Of the first error in the body. */
  errorCode(): unknown;
  /** The client's port: the same for two requests over one connection. */
  readonly clientPort: number | undefined;
}

export interface RawConnection {
  readonly socket: Socket;
  write(text: string | Uint8Array): void;
  /** All that came, once `text` is part of it. Rejects when the connection closes before. */
  until(text: string): Promise<string>;
  /** All that came, once the connection is closed. */
  closed(): Promise<string>;
}

export interface TestServerOptions extends Omit<Partial<AppOptions>, 'store'> {
  readonly store?: Store;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const store = options.store ?? createMemoryStore();
  const log: LoggedLine[] = [];
  const logger = collectLines(log);
  const app = createApp({ services: createServices(store), logger, ...options, store });
  const server = await startServer({ app, host: '127.0.0.1', port: 0, limits: options.limits ?? {}, logger });
  const agent = new Agent({ keepAlive: true });
  return {
    ...server,
    store,
    log,
    send: (method, path, sent) => send(server.port, agent, { method, path, ...sent }),
    connect: () => openRaw(server.port),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await server.stop(0);
      await store.close();
    },
  };
}

export function collectLines(lines: LoggedLine[]): Logger {
  const collect =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  return { debug: collect('debug'), info: collect('info'), warn: collect('warn'), error: collect('error') };
}

interface Request extends SendOptions {
  readonly method: string;
  readonly path: string;
}

function send(port: number, agent: Agent, { method, path, headers = {}, body }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // Node announces no body of a DELETE by itself.
    const length =
      body === undefined || 'Transfer-Encoding' in headers ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const request = httpRequest(
      { host: '127.0.0.1', port, agent, method, path, headers: { ...length, ...headers } },
      (response) => {
        const clientPort = response.socket.localPort;
        const chunks: Uint8Array[] = [];
        response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve(toAnswer(response.statusCode ?? 0, response.headers, bytes, clientPort));
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function toAnswer(status: number, headers: IncomingHttpHeaders, body: Buffer, clientPort: number | undefined): Answer {
  const text = body.toString();
  const json = (): unknown => JSON.parse(text);
  const errorCode = (): unknown => (json() as { errors: { code: unknown }[] }).errors[0]?.code;
  return { status, headers, body, text, json, errorCode, clientPort };
}

async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let look: () => void = () => undefined;
  let isClosed = false;
  socket.on('data', (chunk: Uint8Array) => {
    received += Buffer.from(chunk).toString('latin1');
    look();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
    look();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  const wait = (isThere: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (isThere()) resolve(received);
        else if (isClosed) reject(new Error(`the connection closed after ${JSON.stringify(received)}`));
      };
      look();
    });
  return {
    socket,
    write: (text) => void socket.write(text),
    until: (text) => wait(() => received.includes(text)),
    closed: () => wait(() => isClosed),
  };
}
