/**
 * Writing responses: the headers that every one has, and what becomes of a body that nobody read.
 *
 * A connection is kept when it can be used again at little cost. Else the answer goes out first, then some more of the
 * body is read and dropped, then the connection is closed: closed at once, it would be reset, and the client might
 * never see the answer.
 *
 * @module
 */
import type { Exchange } from './exchange.ts';
import { announcedLength } from './request-body.ts';

/** Names and values in turn. */
export type HeaderList = readonly string[];

/** An unread rest of this size is read and dropped for the sake of the connection. */
const SMALL_REST_BYTES = 64 * 1024;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

export function respond(exchange: Exchange, status: number, headers: HeaderList, body: string | Uint8Array = ''): void {
  const { request, response } = exchange;
  const bodiless = status === NO_CONTENT || status === NOT_MODIFIED;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  const rest = unreadRest(exchange);
  writeHead(exchange, status, bodiless ? headers : ['Content-Length', String(length), ...headers], rest);
  const written = length > 0 && !bodiless && request.method !== 'HEAD';
  if (written) exchange.bytesOut = length;
  if (rest === 'large') {
    response.flushHeaders();
    if (written) response.write(body);
    endAfterDraining(exchange);
  } else {
    response.end(body);
    // What the client does not take at once it must go on taking. Afterwards Node sets the time for the next request.
    if (response.writableLength > 0) request.socket.setTimeout(exchange.limits.sendIdleMs);
    if (rest === 'small') request.resume();
  }
}

export function respondJson(
  exchange: Exchange,
  status: number,
  headers: HeaderList,
  value: unknown,
  mediaType = 'application/json',
): void {
  respond(exchange, status, ['Content-Type', mediaType, ...headers], JSON.stringify(value));
}

/** For who writes the body itself. The headers say how long it will be. */
export function writeHead(
  exchange: Exchange,
  status: number,
  headers: HeaderList,
  rest: UnreadRest = unreadRest(exchange),
): void {
  const all = ['X-Request-Id', exchange.requestId, 'X-Content-Type-Options', 'nosniff', ...headers];
  if (exchange.path.startsWith('/v2')) all.push('Docker-Distribution-API-Version', 'registry/2.0');
  if (rest === 'large' || exchange.mustClose || exchange.lifecycle.stopping) all.push('Connection', 'close');
  exchange.response.writeHead(status, all);
}

/** What of the request's body is still on the connection, and whether it is worth reading for another request. */
type UnreadRest = 'none' | 'small' | 'large';

function unreadRest({ request, awaitsContinue, bytesIn, mustClose }: Exchange): UnreadRest {
  const announced = announcedLength(request);
  if (announced === bytesIn) return 'none';
  if (request.complete) return 'small';
  const small = announced !== undefined && announced - bytesIn <= SMALL_REST_BYTES;
  return small && !awaitsContinue && !mustClose ? 'small' : 'large';
}

function endAfterDraining({ request, response, limits }: Exchange): void {
  let drainedBytes = 0;
  const onData = (chunk: Uint8Array): void => {
    drainedBytes += chunk.byteLength;
    if (drainedBytes > limits.drainBytes) request.pause();
  };
  const end = (): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', end).off('close', end);
    response.end();
  };
  const timer = setTimeout(end, limits.drainMs);
  request
    .on('data', onData)
    .on('end', end)
    .on('close', end)
    .on('error', () => undefined)
    .resume();
}
