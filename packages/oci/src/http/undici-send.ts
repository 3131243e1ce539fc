/**
 * HTTP/1.1 over undici: the only file that loads it, at the first request (it costs 0.2 s).
 *
 * Nothing is decompressed, nothing is followed, nothing is sent twice: what was asked for is what happens.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { callbackify as callbackifyOfNode } from 'node:util';
import type { buildConnector, Pool } from 'undici';
import { openSocket, type TlsChoice } from './connect/open-socket.ts';
import type { Resolve } from './connect/guarded-lookup.ts';
import { exchange } from './exchange/exchange.ts';
import { explainFault } from './exchange/explain-fault.ts';
import { TransferFault } from './exchange/transfer-fault.ts';
import type { AddressRule, HttpRequest, HttpResponse, Send } from './http.ts';
import type { FindProxy, Proxy } from './connect/proxy.ts';
import { redactSecrets, secretsOfHeader } from './redact-secrets.ts';
import { TRANSFER_LIMITS, type TransferLimits } from './transfer-limits.ts';

export interface UndiciSendOptions {
  readonly limits?: TransferLimits | undefined;
  /** Default: what Node trusts by itself. */
  readonly findTls?: ((origin: URL) => Promise<TlsChoice>) | undefined;
  /** Default: none. */
  readonly findProxy?: FindProxy | undefined;
  /** Name resolution, for tests. */
  readonly resolve?: Resolve | undefined;
}

export interface UndiciSend {
  readonly send: Send;
  /** Closes connections that nobody uses. Running requests go on, and new ones connect anew. */
  close(): Promise<void>;
}

/** Of one origin; more requests wait for their turn. */
const CONNECTIONS = 8;
const HEADER_BYTES = 32 * 1024;
/** Registries may send their clients to as many hosts as they like: idle lines beyond these are closed. */
const MOST_LINES = 32;

/** Connections of one origin that were made by one rule. */
interface Line {
  readonly pool: Pool;
  readonly proxy: Proxy | undefined;
  /** Of the last request: connections are made for whoever waits. */
  connectMs: number;
  /** Requests that wait for a connection or an answer. */
  waiting: number;
  /** Connections that are being made. */
  readonly opening: Set<AbortController>;
  /** Where the last connection led. */
  address: string | undefined;
}

export function createUndiciSend(options: UndiciSendOptions = {}): UndiciSend {
  const limits = options.limits ?? TRANSFER_LIMITS;
  const lines = new Map<string, Line>();
  const lineFor = (PoolOfUndici: typeof Pool, { url, addresses = 'any' }: HttpRequest): Line => {
    const key = `${addresses} ${url.origin}`;
    const line = lines.get(key) ?? openLine(PoolOfUndici, { ...options, limits }, url, addresses);
    lines.delete(key);
    lines.set(key, line);
    return line;
  };
  return {
    async send(request) {
      const { Pool: PoolOfUndici } = await import('undici');
      request.signal?.throwIfAborted();
      const line = lineFor(PoolOfUndici, request);
      line.connectMs = request.connectMs ?? limits.connectMs;
      line.waiting += 1;
      closeOldest(lines);
      try {
        return await sendOn(line, request, limits);
      } finally {
        line.waiting -= 1;
        if (request.signal?.aborted === true) stopOpening(line);
      }
    },
    async close() {
      const open = [...lines.values()];
      lines.clear();
      await Promise.all(open.map(closeLine));
    },
  };
}

function openLine(
  PoolOfUndici: typeof Pool,
  { limits, findProxy, findTls, resolve }: UndiciSendOptions & { readonly limits: TransferLimits },
  url: URL,
  addresses: AddressRule,
): Line {
  const origin = new URL(url.origin);
  const proxy = findProxy?.(origin);
  const tlsFor = findTls ?? (async () => ({ secureContext: undefined, verify: true }));
  const line: Line = {
    proxy,
    connectMs: limits.connectMs,
    waiting: 0,
    opening: new Set(),
    address: undefined,
    pool: new PoolOfUndici(origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      maxHeaderSize: HEADER_BYTES,
      connect: callbackify(async () => {
        const unwanted = new AbortController();
        line.opening.add(unwanted);
        try {
          const route = { origin, addresses, proxy, tlsFor, resolve, signal: unwanted.signal };
          const socket = await openSocket(route, line.connectMs);
          line.address = proxy === undefined ? socket.remoteAddress : undefined;
          return socket;
        } finally {
          line.opening.delete(unwanted);
        }
      }),
    }),
  };
  return line;
}

function callbackify(open: () => Promise<Socket>): buildConnector.connector {
  const run = callbackifyOfNode(open);
  return (_, callback) => run((error, socket) => (error === null ? callback(null, socket) : callback(error, null)));
}

async function sendOn(line: Line, request: HttpRequest, limits: TransferLimits): Promise<HttpResponse> {
  const { url, method, body, signal } = request;
  const whole = line.proxy !== undefined && url.protocol === 'http:';
  const response = await exchange(line.pool, {
    origin: url.origin,
    method,
    path: `${whole ? url.origin : ''}${url.pathname}${url.search}`,
    headers: {
      ...request.headers,
      'accept-encoding': 'identity',
      ...(body !== undefined && body.sizeBytes > 0 && { 'content-length': String(body.sizeBytes) }),
      ...(whole && line.proxy?.authorization && { 'proxy-authorization': line.proxy.authorization }),
    },
    body,
    signal,
    headersMs: limits.headersMs,
    idleMs: limits.idleMs,
    explain: (fault) => explainFault(fault, request.place, url),
  });
  const { secrets = [], headers: { authorization } = {} } = request;
  const sent = [...secrets, ...secretsOfHeader(authorization), ...secretsOfHeader(line.proxy?.authorization)];
  return { ...response, url, address: line.address, redact: (text) => redactSecrets(text, sent) };
}

/** Those used longest ago, as far as nobody uses them. */
function closeOldest(lines: Map<string, Line>): void {
  for (const [key, line] of lines) {
    if (lines.size <= MOST_LINES) return;
    if (line.waiting > 0 || line.pool.stats.size > 0) continue;
    lines.delete(key);
    void closeLine(line);
  }
}

/** A host that never finishes a handshake would keep the process alive for those who gave up. */
function stopOpening({ waiting, opening }: Line): void {
  if (waiting > 0) return;
  for (const connection of opening) connection.abort(new TransferFault('DISCARDED', 'nobody waits for it any more'));
}

async function closeLine(line: Line): Promise<void> {
  const { pool } = line;
  const { size } = pool.stats;
  stopOpening(line);
  const closed = pool.close();
  if (size === 0) await closed;
}
