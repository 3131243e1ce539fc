/**
 * Names of registries as credential files write them: `ghcr.io`, `https://ghcr.io/`, `ghcr.io/v2/`, `ghcr.io/myorg`.
 *
 * Two names mean one registry only when their hosts are equal, port included; no suffix and no prefix counts.
 *
 * @see https://github.com/containers/image/blob/v5.36.0/docs/containers-auth.json.5.md
 * @module
 */
import { DOCKER_HUB } from '@squizzle/oci-spec';

/** What a key of a credential file speaks of. */
export interface CredentialPlace {
  /** In lower case; Docker Hub always `docker.io`. */
  readonly host: string;
  /** The repositories at and below this path; empty: all of the registry's. */
  readonly namespace: string;
}

const SCHEME = /^https?:\/\//i;
/** The roots of the registry APIs, which older tools wrote into their keys. */
const API_ROOTS: ReadonlySet<string> = new Set(['v1', 'v2']);
const DOCKER_HUB_NAMES: ReadonlySet<string> = new Set([DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io']);
/** What Docker's own tools call Docker Hub in files and to helpers. */
const DOCKER_HUB_ADDRESS = 'https://index.docker.io/v1/';

/** `undefined` for what names no registry, or a user beside it. */
export function parseHostKey(key: string): CredentialPlace | undefined {
  const [name = '', ...path] = key.replace(SCHEME, '').replace(/\/+$/, '').split('/');
  if (name === '' || name.includes('@')) return undefined;
  const namespace = path.length === 1 && API_ROOTS.has(path[0] ?? '') ? '' : path.join('/');
  return { host: normalHost(name), namespace };
}

/** One spelling for each host. */
export function normalHost(host: string): string {
  const name = host.toLowerCase();
  return DOCKER_HUB_NAMES.has(name) ? DOCKER_HUB : name;
}

/** How the host is written into files and said to helpers, so that other tools find it too. */
export function serverAddress(host: string): string {
  const name = normalHost(host);
  return name === DOCKER_HUB ? DOCKER_HUB_ADDRESS : name;
}

/** Whether the key speaks of the whole registry `host`. */
export function namesHost(key: string, host: string): boolean {
  const place = parseHostKey(key);
  return place?.namespace === '' && place.host === normalHost(host);
}
