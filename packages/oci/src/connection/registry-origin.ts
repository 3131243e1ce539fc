/**
 * Where the API of a registry answers: scheme, host, port.
 *
 * @module
 */
import { createSingleFlight } from '../auth/single-flight.ts';
import type { Resolve } from '../http/connect/guarded-lookup.ts';
import { explainFault } from '../http/exchange/explain-fault.ts';
import type { FindProxy } from '../http/connect/proxy.ts';
import type { FindTls } from '../http/tls/load-tls.ts';
import type { OnRegistryEvent } from '../registry/registry-event.ts';
import type { RegistryProfile } from '../registry/registry-profile.ts';
import { findProtocol } from './find-protocol.ts';
import type { RegistryAddress } from './registry-address.ts';

export interface OriginOptions {
  readonly address: RegistryAddress;
  readonly profile: Pick<RegistryProfile, 'apiHost'>;
  readonly findProxy: FindProxy;
  readonly findTls: FindTls;
  readonly onEvent: OnRegistryEvent;
  readonly insecure: boolean;
  /** Name resolution, for tests. */
  readonly resolve?: Resolve | undefined;
}

export type FindOrigin = (signal?: AbortSignal) => Promise<URL>;

/**
 * Finds out once, where it has to be found out at all; again only when nobody answered.
 *
 * The function it answers throws `UNREACHABLE` when the host does not even refuse a connection, or does not let on whether
 * it speaks TLS; the signal's reason when aborted.
 */
export function createOriginFinder(options: OriginOptions): FindOrigin {
  let told = false;
  let known = options.address.protocol;
  const flight = createSingleFlight<Protocol | undefined>();
  return async (signal) => {
    known ??= await flight('the protocol', async (ends) => tryProtocol(options, ends), signal);
    const origin = new URL(`${known ?? fallback(options)}//${options.profile.apiHost}`);
    if (!told) tellIfInsecure(options, origin);
    told = true;
    return origin;
  };
}

type Protocol = 'https:' | 'http:';

async function tryProtocol(
  { address, profile, findProxy, findTls, resolve }: OriginOptions,
  signal: AbortSignal,
): Promise<Protocol | undefined> {
  const url = new URL(`https://${profile.apiHost}`);
  try {
    return await findProtocol(profile.apiHost, { proxy: findProxy(url), tlsFor: findTls, resolve, signal });
  } catch (thrown) {
    throw explainFault(thrown, { registry: address.host, repository: null }, url) as Error;
  }
}

/** Nobody answers: the request itself will say so, of the address that was most likely meant. */
function fallback({ address }: OriginOptions): Protocol {
  return address.isLoopback ? 'http:' : 'https:';
}

/** What this machine says to itself, nobody else hears. */
function tellIfInsecure({ address, insecure, onEvent }: OriginOptions, { protocol }: URL): void {
  const registry = address.host;
  if (protocol === 'http:' && !address.isLoopback) onEvent({ type: 'insecure', registry, reason: 'plain-http' });
  if (protocol === 'https:' && insecure) onEvent({ type: 'insecure', registry, reason: 'unverified-tls' });
}
