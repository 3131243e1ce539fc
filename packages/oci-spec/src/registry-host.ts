/**
 * Hosts of registries, `ghcr.io`, `localhost:5000`, `[::1]:5000`.
 *
 * The grammar is distribution/reference's, with real ports and real IPv6 addresses only.
 *
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 * @module
 */
import { LIMITS } from './limits.ts';

declare const registryHostBrand: unique symbol;

/** A host name, IPv4 or bracketed IPv6 address, with or without a port. Only this module mints one. */
export type RegistryHost = string & { readonly [registryHostBrand]: true };

/** Docker Hub, as references write it. Its API answers at registry-1.docker.io: that is the client's business. */
export const DOCKER_HUB = 'docker.io' as RegistryHost;

const LEGACY_DOCKER_HUB = 'index.docker.io';
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const PATTERN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[([A-Fa-f0-9:]+)\\])(?::([1-9][0-9]{0,4}))?$`);
const MAX_PORT = 65_535;

/**
 * The text as a registry's host; Docker Hub's old name becomes its present one.
 *
 * `undefined` also for a bare lowercase word without dot or port, other than `localhost`: before the slash of a
 * reference it would be read as part of a Docker Hub repository.
 */
export function parseRegistryHost(text: string): RegistryHost | undefined {
  if (text.length > LIMITS.registryHostLength || !looksLikeHost(text)) return undefined;
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, ipv6, port] = match;
  if (ipv6 !== undefined && !isIpv6(ipv6)) return undefined;
  if (port !== undefined && Number(port) > MAX_PORT) return undefined;
  return text === LEGACY_DOCKER_HUB ? DOCKER_HUB : (text as RegistryHost);
}

/** Whether Docker takes the part before the first slash of a reference for a host. */
export function looksLikeHost(text: string): boolean {
  return text === 'localhost' || /[.:]/.test(text) || text !== text.toLowerCase();
}

/** RFC 4291 section 2.2, forms 1 and 2: eight groups, or fewer with one `::`. No zone, no embedded IPv4. */
function isIpv6(text: string): boolean {
  const sides = text.split('::');
  const groups = sides.flatMap((side) => (side === '' ? [] : side.split(':')));
  if (!groups.every((group) => /^[A-Fa-f0-9]{1,4}$/.test(group))) return false;
  return sides.length === 1 ? groups.length === 8 : sides.length === 2 && groups.length < 8;
}
