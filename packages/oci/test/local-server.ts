/**
 * A server on 127.0.0.1 for the time of a test, with or without TLS.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';

export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:<port>` or `https://localhost:<port>`. */
  readonly url: string;
  /** Connections that were ever made. */
  readonly connections: () => number;
}

export async function startHttp(listener: RequestListener): Promise<LocalServer> {
  return start(createServer(listener), (port) => `http://127.0.0.1:${port}`);
}

export async function startHttps(options: ServerOptions, listener: RequestListener): Promise<LocalServer> {
  return start(createTlsServer(options, listener), (port) => `https://localhost:${port}`);
}

/** For what no HTTP server would say. */
export async function startTcp(onConnection: (socket: Socket) => void): Promise<LocalServer> {
  return start(createTcpServer(onConnection), (port) => `http://127.0.0.1:${port}`);
}

/** Where nothing listens. */
export async function unusedPort(): Promise<number> {
  await using server = await startTcp(() => undefined);
  return server.port;
}

async function start(server: Server | TcpServer, urlOf: (port: number) => string): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: urlOf(port),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
