/**
 * A proxy that leads names to local ports, so that a test can talk to `ghcr.io:443` and reach its own server.
 *
 *     const proxy = await startConnectProxy({ 'ghcr.io:443': port });
 *     … env: { HTTPS_PROXY: proxy.url } …
 *     await proxy.close();
 *
 * It knows CONNECT, and requests with a whole URL for plain http. Names it does not know get a 502.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-connect
 * @module
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface ConnectProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** `host:port` of each tunnel and each forwarded request that was asked for, in order. */
  readonly targets: readonly string[];
  /** Closes all tunnels with it. */
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** What `Proxy-Authorization` must say; without it everyone may pass. */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** `hosts`: from `host:port`, as clients write it, to a port of 127.0.0.1. */
export async function startConnectProxy(
  hosts: Readonly<Record<string, number>>,
  { credentials }: ConnectProxyOptions = {},
): Promise<ConnectProxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const expected = credentials && basic(credentials.username, credentials.password);
  const refusal = (incoming: IncomingMessage, target: string): 407 | 502 | undefined => {
    targets.push(target);
    if (expected !== undefined && incoming.headers['proxy-authorization'] !== expected) return 407;
    return hosts[target] === undefined ? 502 : undefined;
  };
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '');
    const target = `${url.hostname}:${url.port === '' ? '80' : url.port}`;
    const status = refusal(incoming, target);
    if (status === undefined) forward(incoming, outgoing, hosts[target] ?? 0);
    else outgoing.writeHead(status).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)));
  });
  server.on('connect', (incoming, socket: Socket, head) => {
    const target = incoming.url ?? '';
    const status = refusal(incoming, target);
    if (status === undefined) tunnel(socket, head, hosts[target] ?? 0);
    else socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, port, targets, close };
}

function tunnel(socket: Socket, head: Uint8Array, port: number): void {
  const upstream = connect(port, '127.0.0.1');
  upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
  upstream.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number): void {
  const { pathname, search } = new URL(incoming.url ?? '');
  const { 'proxy-authorization': _, ...headers } = incoming.headers;
  const upstream = request({ host: '127.0.0.1', port, method: incoming.method, path: pathname + search, headers });
  upstream.on('error', () => outgoing.destroy());
  upstream.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  incoming.pipe(upstream);
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
