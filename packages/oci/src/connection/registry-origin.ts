/**
 * Where the API of a registry answers: scheme, host, port.
 *
 * @module
 */
import type { Resolve } from '../http/connect/guarded-lookup.ts';
import { explainFault } from '../http/exchange/explain-fault.ts';
import type { FindProxy } from '../http/connect/proxy.ts';
import type { OnRegistryEvent } from '../registry/registry-event.ts';
import type { RegistryProfile } from '../registry/registry-profile.ts';
import { findProtocol } from './find-protocol.ts';
import type { RegistryAddress } from './registry-address.ts';

export interface OriginOptions {
  readonly address: RegistryAddress;
  readonly profile: Pick<RegistryProfile, 'apiHost'>;
  readonly findProxy: FindProxy;
  readonly onEvent: OnRegistryEvent;
  readonly insecure: boolean;
}

/**
 * Finds out once, where it has to be found out at all; again only when nobody answered.
 *
 * The function it answers throws `UNREACHABLE` when the host does not even refuse a connection.
 */
export function createOriginFinder(options: OriginOptions): (resolve?: Resolve) => Promise<URL> {
  let told = false;
  let known = options.address.protocol;
  let trying: ReturnType<typeof tryProtocol> | undefined;
  return async (resolve) => {
    trying ??= known === undefined ? tryProtocol(options, resolve) : undefined;
    try {
      known ??= await trying;
    } finally {
      trying = undefined;
    }
    const origin = new URL(`${known ?? fallback(options)}//${options.profile.apiHost}`);
    if (!told) tellIfInsecure(options, origin);
    told = true;
    return origin;
  };
}

async function tryProtocol(
  { address, profile, findProxy }: OriginOptions,
  resolve: Resolve | undefined,
): Promise<'https:' | 'http:' | undefined> {
  const url = new URL(`https://${profile.apiHost}`);
  try {
    return await findProtocol(profile.apiHost, { proxy: findProxy(url), resolve });
  } catch (thrown) {
    throw explainFault(thrown, { registry: address.host, repository: null }, url) as Error;
  }
}

/** Nobody answers: the request itself will say so, of the address that was most likely meant. */
function fallback({ address }: OriginOptions): 'https:' | 'http:' {
  return address.isLoopback ? 'http:' : 'https:';
}

/** What this machine says to itself, nobody else hears. */
function tellIfInsecure({ address, insecure, onEvent }: OriginOptions, { protocol }: URL): void {
  const registry = address.host;
  if (protocol === 'http:' && !address.isLoopback) onEvent({ type: 'insecure', registry, reason: 'plain-http' });
  if (protocol === 'https:' && insecure) onEvent({ type: 'insecure', registry, reason: 'unverified-tls' });
}
