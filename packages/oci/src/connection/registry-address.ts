/**
 * What a user writes for a registry: `ghcr.io`, `localhost:5000`, `https://registry.internal:8443/v2/`.
 *
 * Plain http is for this machine, and for who asks for it with `insecure`.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import { normalHost } from '../credentials/host-key.ts';
import { classifyAddress, literalAddress } from '../http/private-address.ts';

export interface RegistryAddress {
  /** As references write it; Docker Hub is always `docker.io`. */
  readonly host: RegistryHost;
  /** `undefined`: it has to be found out. */
  readonly protocol: 'https:' | 'http:' | undefined;
  readonly isLoopback: boolean;
}

const SHAPE = /^(?:(https?):\/\/)?([^/?#\s]+)(?:\/v[12])?\/?$/i;

/** @throws {SquizzleError} `USAGE_INVALID` for what is no registry, and for plain http to another machine. */
export function parseRegistryAddress(registry: string, insecure = false): RegistryAddress {
  const [, scheme, authority = ''] = SHAPE.exec(registry.trim()) ?? [];
  const host = parseHost(authority, scheme?.toLowerCase());
  if (host === undefined) throw invalid(registry, 'is no registry: expected a host, as ghcr.io or localhost:5000');
  const isLoopback = isLoopbackHost(host);
  const relaxed = isLoopback || insecure;
  if (scheme?.toLowerCase() === 'http' && !relaxed)
    throw invalid(
      registry,
      'is another machine, and plain http protects nothing: use https, or pass insecure for a test',
    );
  if (scheme !== undefined) return { host, isLoopback, protocol: scheme.toLowerCase() === 'http' ? 'http:' : 'https:' };
  return { host, isLoopback, protocol: relaxed ? undefined : 'https:' };
}

/** With a scheme a bare word is a host too, as `http://registry` in a network of containers; references need its port. */
function parseHost(authority: string, scheme: string | undefined): RegistryHost | undefined {
  const name = normalHost(authority);
  const bare = scheme === undefined ? undefined : parseRegistryHost(`${name}:${scheme === 'http' ? 80 : 443}`);
  return parseRegistryHost(name) ?? bare;
}

function isLoopbackHost(host: RegistryHost): boolean {
  const literal = literalAddress(new URL(`http://${host}`).hostname);
  return literal !== undefined && classifyAddress(literal) === 'loopback';
}

/** No user name, password, query or fragment; a colon only after a scheme and before a port. Control characters neither. */
const HARMLESS = /^\s*(?:[a-z]{1,10}:\/\/)?[\w.-]{0,255}(?::\d{1,5})?(?:\/[\w./-]{0,255})?\s*$/i;

/** What was written is shown only where it cannot hold a password. */
function invalid(registry: string, what: string): SquizzleError<'USAGE_INVALID'> {
  const shown = HARMLESS.test(registry) ? JSON.stringify(registry) : 'what was given (not shown: it may hold a secret)';
  return new SquizzleError('USAGE_INVALID', `registry: ${shown} ${what}`, { argument: 'registry' });
}
