/**
 * The app on a port: limits against slow and malformed clients, and an end that lets running requests finish.
 *
 * @module
 */
import { createServer, type Server } from 'node:http';
import type { App } from './app.ts';
import { trackConnections, type Connections } from './http/connections.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
import { createMalformedRequestRefusal } from './http/malformed-request.ts';
import { SILENT_LOGGER, type Logger } from './log/logger.ts';

export interface ServerOptions {
  readonly app: App;
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly limits?: Partial<HttpLimits>;
  readonly logger?: Logger;
}

export interface RunningServer {
  /** How a client on this machine reaches it, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /**
   * Takes no new connection, lets running requests finish for `graceMs` (default 10 s), then cuts them off. Asked
   * again, it cuts them off by the earlier of both.
   */
  stop(graceMs?: number): Promise<void>;
}

/** The port cannot be listened on. The message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const GRACE_MS = 10_000;
/** How soon a connection is closed that nothing is under way on any more while the server stops. */
const CLOSE_UNUSED_MS = 20;

/** @throws {ListenError} when the address is taken, forbidden or not this machine's. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { app, host, port, logger = SILENT_LOGGER } = options;
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const server = createServer({
    // A large upload may take hours; who sends nothing is found out by `bodyIdleMs`.
    requestTimeout: 0,
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: Math.ceil(limits.headersMs / 4),
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytes,
  });
  const connections = trackConnections(server);
  server.on('request', app.listener).on('checkContinue', app.checkContinue);
  server.on('clientError', createMalformedRequestRefusal(connections, logger));
  if (limits.connections !== undefined) server.maxConnections = limits.connections;
  const boundPort = await listen(server, host, port);
  // A connection that cannot be taken, for want of file descriptors say, is no reason to end.
  server.on('error', ({ message }) => logger.error('a connection could not be accepted', { error: message }));
  let stopped: Promise<void> | undefined;
  return {
    url: `http://${urlHost(host)}:${boundPort}`,
    host,
    port: boundPort,
    async stop(graceMs = GRACE_MS) {
      stopped ??= stop(server, connections, app);
      let again: NodeJS.Timeout | undefined;
      // Again and again: who has just connected may be taken on only after the first time.
      const cut = setTimeout(() => {
        server.closeAllConnections();
        again = setInterval(() => server.closeAllConnections(), CLOSE_UNUSED_MS);
      }, graceMs);
      await stopped;
      clearTimeout(cut);
      clearInterval(again);
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      reject(new ListenError(explain(cause, host, port), { cause }));
    };
    server.once('error', refuse).listen({ host, port }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function explain({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `${host} port ${port}`;
  if (code === 'EADDRINUSE') return `${where} is in use by another program; stop it or choose another port`;
  if (code === 'EACCES') return `${where} needs more rights; choose a port from 1024 on`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${host} is no address of this machine; choose another host`;
  return `cannot listen on ${where}: ${message}`;
}

async function stop(server: Server, connections: Connections, app: App): Promise<void> {
  app.stopping();
  // Who has already connected is let in, and then heard.
  await turn();
  await turn();
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // Again and again: a response under way has promised to keep its connection. Not before what was sent has been read.
  const tidy = setInterval(() => void turn().then(connections.closeUnused), CLOSE_UNUSED_MS);
  await closed;
  clearInterval(tidy);
}

/** A whole turn of the event loop, which may be near its end now: what has arrived is read in it. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}

/** What listens on every address is reached on this machine by its loopback. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
