/**
 * One service behind an address of its own on 127.0.0.1: routes, a log of what was asked, faults on demand.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isNetworkFault, type NetworkFault } from './faults.ts';
import { ServiceRefusal } from './service-refusal.ts';

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The connection breaks in its place. */
  readonly lost?: boolean;
}

/** `POST /api/v1/timestamp` to whoever answers. */
export type Routes = Readonly<Record<string, (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>>>;

export interface ServiceHost extends AsyncDisposable {
  readonly url: string;
  /** @param routes called for each request, so routes may change. */
  serve(routes: () => Routes): void;
}

export interface HostSurroundings {
  /** Called before anything else happens to a request. */
  readonly onRequest: (request: ServiceRequest) => void;
  readonly fault: () => number | string | undefined;
  /** Where redirects lead. */
  readonly elsewhere: () => string;
}

export const json = (status: number, value: unknown): ServiceAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const noRoutes = (): Routes => ({});

export async function startServiceHost(surroundings: HostSurroundings): Promise<ServiceHost> {
  let routes = noRoutes;
  const server = createServer((incoming, response) => {
    // A client that leaves in the middle is its own business.
    response.on('error', () => undefined);
    void answerIncoming(incoming, response, () => routes(), surroundings).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    serve(next) {
      routes = next;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerIncoming(
  incoming: IncomingMessage,
  response: ServerResponse,
  routes: () => Routes,
  surroundings: HostSurroundings,
): Promise<void> {
  const request = await readRequest(incoming);
  surroundings.onRequest(request);
  const fault = surroundings.fault();
  if (isNetworkFault(fault)) return fail(fault, request, response, surroundings.elsewhere());
  const answer = await answerRequest(request, routes());
  if (answer.lost === true) response.destroy();
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function readRequest(incoming: IncomingMessage): Promise<ServiceRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  return {
    method: incoming.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  };
}

async function answerRequest(request: ServiceRequest, routes: Routes): Promise<ServiceAnswer> {
  const route = routes[`${request.method} ${request.path}`];
  if (route === undefined) return json(404, { code: 5, message: 'not found' });
  try {
    return await route(request);
  } catch (cause) {
    if (cause instanceof ServiceRefusal) return json(cause.status, { code: 3, message: cause.message });
    return json(400, { code: 3, message: cause instanceof Error ? cause.message : 'bad request' });
  }
}

function fail(fault: NetworkFault, request: ServiceRequest, response: ServerResponse, elsewhere: string): void {
  switch (fault) {
    case 'hang':
      return;
    case 'stall':
      response.writeHead(201, { 'content-type': 'application/json' }).write('{"');
      return;
    case 'drop':
      response.destroy();
      return;
    case 'garbage':
      response.writeHead(201, { 'content-type': 'application/json' }).end('<p>Welcome to the captive portal');
      return;
    case 'redirect':
      response.writeHead(307, { location: `${elsewhere}${request.path}` }).end();
      return;
    case 'flood':
      flood(response.writeHead(201, { 'content-type': 'application/json' }));
      return;
    default: {
      const message = `refused: ${request.headers.authorization ?? ''} ${request.body.toString()}`;
      response.writeHead(fault, { 'content-type': 'application/json' }).end(JSON.stringify({ code: 13, message }));
    }
  }
}

/** Spaces, which JSON allows before a value, until the client leaves. */
function flood(response: ServerResponse): void {
  const spaces = Buffer.alloc(65_536, ' ');
  const pour = (): void => {
    while (!response.destroyed && response.write(spaces));
  };
  response.on('drain', pour);
  pour();
}
