/**
 * The HTTP client of the conformance rows: every header, body framing and request target exactly as a row says.
 *
 * Not `fetch`, because that decides on headers, targets and redirects itself. Every answer is held against the rules
 * that bind all of them (error bodies, warnings) before a row sees it.
 *
 * @module
 */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { checkEveryAnswer } from './every-answer.ts';

export interface Request {
  readonly method: string;
  /** A path, or the `Location` of an answer. A path goes out as it is, not normalised. */
  readonly target: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Bytes with `Content-Length`; a list of pieces with `Transfer-Encoding: chunked`. */
  readonly body?: Uint8Array | readonly Uint8Array[];
  /** Sends the target with scheme and host, where otherwise only path and query go out. */
  readonly wholeTarget?: boolean;
}

export interface Answer {
  /** Method and target, for the message of a failed expectation. */
  readonly to: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Options = Omit<Request, 'method' | 'target'>;

export interface HttpClient {
  /** `http://host:port`, without a path. */
  readonly origin: string;
  send(request: Request): Promise<Answer>;
  get(target: string, headers?: OutgoingHttpHeaders): Promise<Answer>;
  head(target: string, headers?: OutgoingHttpHeaders): Promise<Answer>;
  post(target: string, options?: Options): Promise<Answer>;
  put(target: string, options?: Options): Promise<Answer>;
  patch(target: string, options?: Options): Promise<Answer>;
  delete(target: string): Promise<Answer>;
  /** Announces `announced` bytes, sends `body` alone, then drops the connection. Resolves when that has happened. */
  breakOff(request: Request & { readonly body: Uint8Array }, announced: number): Promise<void>;
  close(): void;
}

/** No answer of a registry on the same machine takes so long: a row that waits longer has found a hang. */
const ANSWER_TIMEOUT_MS = 20_000;

export function createHttpClient(url: string): HttpClient {
  const { origin } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const send = (request: Request): Promise<Answer> => exchange(origin, agent, request);
  return {
    origin,
    send,
    get: (target, headers = {}) => send({ method: 'GET', target, headers }),
    head: (target, headers = {}) => send({ method: 'HEAD', target, headers }),
    post: (target, options) => send({ method: 'POST', target, ...options }),
    put: (target, options) => send({ method: 'PUT', target, ...options }),
    patch: (target, options) => send({ method: 'PATCH', target, ...options }),
    delete: (target) => send({ method: 'DELETE', target }),
    breakOff: (request, announced) => breakOff(origin, request, announced),
    close: () => agent.destroy(),
  };
}

/** The one value of a header, or `undefined`. */
export function headerOf(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

export function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body.toString());
  } catch (cause) {
    throw new RangeError(`${answer.to}: expected JSON, found ${answer.body.toString().slice(0, 200)}`, { cause });
  }
}

function exchange(origin: string, agent: Agent, request: Request): Promise<Answer> {
  const to = `${request.method} ${request.target}`;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(optionsOf(origin, request, { agent }), (incoming) => {
      const pieces: Buffer[] = [];
      incoming.on('data', (piece: Buffer) => pieces.push(piece));
      incoming.once('error', (cause) => reject(new RangeError(`${to}: the answer was cut off`, { cause })));
      incoming.once('end', () => {
        const answer = {
          to,
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(pieces),
        };
        try {
          checkEveryAnswer(answer);
          resolve(answer);
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
    outgoing.setTimeout(ANSWER_TIMEOUT_MS, () => outgoing.destroy(new RangeError(`no answer in time`)));
    // Settled already when the answer came before the whole body had been sent.
    outgoing.once('error', (cause) => reject(new RangeError(`${to}: ${cause.message}, before an answer`, { cause })));
    if (request.headers?.['Expect'] === '100-continue') {
      outgoing.flushHeaders();
      outgoing.once('continue', () => write(outgoing, request.body));
    } else {
      write(outgoing, request.body);
    }
  });
}

function write(outgoing: ReturnType<typeof httpRequest>, body: Request['body']): void {
  if (body === undefined || body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  // Each piece is a chunk of its own on the wire.
  for (const piece of body) outgoing.write(piece);
  outgoing.end();
}

function breakOff(origin: string, request: Request & { body: Uint8Array }, announced: number): Promise<void> {
  return new Promise((resolve) => {
    const outgoing = httpRequest(optionsOf(origin, request, { length: announced }));
    outgoing.once('error', () => resolve());
    outgoing.once('close', () => resolve());
    outgoing.write(request.body, () => outgoing.destroy());
  });
}

interface Connection {
  readonly agent?: Agent;
  readonly length?: number;
}

function optionsOf(origin: string, request: Request, { agent, length }: Connection) {
  const { hostname, port } = new URL(origin);
  const body = request.body ?? new Uint8Array();
  const framing =
    body instanceof Uint8Array ? { 'Content-Length': length ?? body.byteLength } : { 'Transfer-Encoding': 'chunked' };
  // A GET with `Content-Length: 0` is legal, but no client sends one.
  const bodiless = ['GET', 'HEAD'].includes(request.method) && request.body === undefined;
  return {
    hostname,
    port,
    ...(agent && { agent }),
    method: request.method,
    path: request.wholeTarget === true ? request.target : pathOf(origin, request.target),
    headers: { ...(bodiless ? {} : framing), ...request.headers },
  };
}

/** A `Location` may be absolute; it must lead to the same server here, because nothing else is running. */
function pathOf(origin: string, target: string): string {
  if (target.startsWith('/')) return target;
  const url = new URL(target, origin);
  if (url.origin !== origin) throw new RangeError(`expected a location on ${origin}, found ${target}`);
  return `${url.pathname}${url.search}`;
}
