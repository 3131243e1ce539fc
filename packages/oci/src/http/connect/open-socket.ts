/**
 * Connections: direct or through a proxy, with TLS where the URL says so. All of it within one time.
 *
 * @module
 */
import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { AddressRule } from '../http.ts';
import { isAddressRefused, withoutBrackets } from '../private-address.ts';
import type { Proxy } from './proxy.ts';
import { ConnectFault, TransferFault, type ConnectStage } from '../exchange/transfer-fault.ts';
import { guardedLookup, refuseLiteral, type Resolve } from './guarded-lookup.ts';
import { openTunnel } from './open-tunnel.ts';

/** How the certificate of one origin is checked, and what is shown to it. */
export interface TlsChoice {
  /** `undefined`: Node's own. */
  readonly secureContext: SecureContext | undefined;
  /** `false`: every certificate is taken. */
  readonly verify: boolean;
}

export interface Route {
  readonly origin: URL;
  readonly addresses: AddressRule;
  readonly proxy: Proxy | undefined;
  /** Asked only for what speaks TLS: the origin, and a proxy with https. */
  readonly tlsFor: (origin: URL) => Promise<TlsChoice>;
  readonly resolve?: Resolve | undefined;
  /** Nobody waits any more: whatever is open by then is closed. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws {ConnectFault} with what the system, TLS or the proxy said as `cause`.
 * @throws {AddressRefusedError} before anything was sent.
 */
export async function openSocket(route: Route, withinMs: number): Promise<Socket> {
  refuseLiteral(route.origin.hostname, route.addresses);
  const expired = new AbortController();
  const fault = new TransferFault('UND_ERR_CONNECT_TIMEOUT', `no connection in ${withinMs} ms`);
  const timer = setTimeout(() => expired.abort(fault), withinMs);
  const { signal } = route;
  const giveUp = (): void => expired.abort(signal?.reason);
  if (signal?.aborted === true) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await (route.proxy === undefined
      ? direct(route, expired.signal)
      : proxied(route, route.proxy, expired.signal));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

async function direct({ origin, addresses, tlsFor, resolve }: Route, signal: AbortSignal): Promise<Socket> {
  const tls = origin.protocol === 'https:' ? await tlsFor(origin) : undefined;
  const socket = await asConnectFault('dial', null, dial(origin, guardedLookup(addresses, resolve), signal));
  return tls === undefined ? socket : asConnectFault('tls', null, secure({ socket, origin, tls, signal }));
}

/** Certificates are read before anything is connected: a socket that nobody watches must not be waiting meanwhile. */
async function proxied({ origin, tlsFor }: Route, proxy: Proxy, signal: AbortSignal): Promise<Socket> {
  const { host } = proxy.url;
  const proxyTls = proxy.url.protocol === 'https:' ? await tlsFor(proxy.url) : undefined;
  const originTls = origin.protocol === 'https:' ? await tlsFor(origin) : undefined;
  const dialled = await asConnectFault('dial', host, dial(proxy.url, undefined, signal));
  const socket =
    proxyTls === undefined
      ? dialled
      : await asConnectFault('tls', host, secure({ socket: dialled, origin: proxy.url, tls: proxyTls, signal }));
  // Plain http needs no tunnel: requests carry the whole URL then.
  if (originTls === undefined) return socket;
  await asConnectFault('tunnel', host, openTunnel({ socket, proxy, origin, signal }));
  return asConnectFault('tls', null, secure({ socket, origin, tls: originTls, signal }));
}

async function dial(
  { hostname, port, protocol }: URL,
  lookup: ReturnType<typeof guardedLookup> | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connectTcp({
    host: withoutBrackets(hostname),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    noDelay: true,
    keepAlive: true,
    ...(lookup !== undefined && { lookup }),
  });
  return ready(socket, 'connect', signal);
}

interface Securing {
  readonly socket: Socket;
  readonly origin: URL;
  readonly tls: TlsChoice;
  readonly signal: AbortSignal;
}

async function secure({ socket, origin, tls, signal }: Securing): Promise<TLSSocket> {
  const host = withoutBrackets(origin.hostname);
  const secured = connectTls({
    socket,
    host,
    // Addresses may not be sent as server names (RFC 6066).
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: tls.verify,
    ...(tls.secureContext !== undefined && { secureContext: tls.secureContext }),
  });
  await ready(secured, 'secureConnect', signal);
  // Node only tells of an alert that comes later (a client certificate was wanted); the end that follows would hide it.
  secured.once('error', (error: Error) => secured.destroy(error));
  return secured;
}

async function ready<T extends Socket>(socket: T, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<T> {
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (thrown) {
    socket.on('error', () => undefined).destroy();
    throw signal.aborted ? signal.reason : thrown;
  }
}

async function asConnectFault<T>(stage: ConnectStage, proxy: string | null, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (isAddressRefused(cause)) throw cause;
    throw new ConnectFault(cause, stage, proxy);
  }
}
