/**
 * Everything that is shared by the repositories of one registry: connections, tokens, limits, and one door for transfers.
 *
 * Nothing is read and nobody is asked before the first request.
 *
 * @module
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RegistryHost, RepositoryName } from '@squizzle/oci-spec';
import { createCredentialFinder } from '../credentials/credential-finder.ts';
import type { HttpRequest, HttpResponse, Send } from '../http/http.ts';
import { isAddressRefused, isLocalAddress, literalAddress } from '../http/private-address.ts';
import { createProxyFinder } from '../http/connect/proxy.ts';
import { unsafeRedirect } from '../http/resolve-location.ts';
import { createTlsFinder } from '../http/tls/load-tls.ts';
import { TRANSFER_LIMITS } from '../http/transfer-limits.ts';
import { createGate } from '../registry/gate.ts';
import { createRoom } from '../registry/room.ts';
import { findProfile } from '../registry/profiles.ts';
import type { RegistryConnection } from '../registry/repository-access.ts';
import { createMemories } from '../registry/repository-memory.ts';
import { explicitCredential } from './explicit-credential.ts';
import { parseRegistryAddress } from './registry-address.ts';
import type { RegistryOptions } from './registry-options.ts';
import { createOriginFinder } from './registry-origin.ts';
import { requestUrl, type UrlParts } from './request-url.ts';
import { scopesOf } from './request-scopes.ts';
import { createTransport, type Seams } from './transport.ts';

/** @throws {SquizzleError} `USAGE_INVALID` for a registry that is none, and for credentials that are no whole. */
export function createRegistryConnection(options: RegistryOptions, seams: Seams = {}): RegistryConnection {
  const { env, homeFolder = homedir(), onEvent = () => undefined } = options;
  const address = parseRegistryAddress(options.registry, options.insecure);
  const { host } = address;
  const profile = findProfile(host);
  const limits = { ...TRANSFER_LIMITS, ...options.limits };
  const findProxy = createProxyFinder(env ?? {});
  const credentials = createCredentialFinder({
    env,
    homeFolder,
    host,
    explicit: explicitCredential(options),
    onWarning: (text) => onEvent({ type: 'warning', registry: host, text }),
  });
  const tls = createTlsFinder({
    ...options,
    certsFolders: options.certsFolders ?? certsFolders(homeFolder),
    registry: host,
    isRegistry: (origin) => origin.host === new URL(`${origin.protocol}//${profile.apiHost}`).host,
  });
  const findTls = tls.find;
  const transport = createTransport({ host, limits, credentials, findTls, findProxy, onEvent, seams });
  const { resolve } = seams;
  const insecure = options.insecure === true;
  const findOrigin = createOriginFinder({ address, profile, findProxy, findTls, onEvent, insecure, resolve });
  const door = createDoor(async (signal) => {
    const origin = await findOrigin(signal);
    return { origin, send: transport.sendTo(origin) };
  });
  const gate = createGate(limits.concurrency);
  const memoryOf = createMemories();
  const room = createRoom(limits.heldBytes);
  const shared = { host, profile, limits, onEvent };
  const ask = async (path: string, { target, query, ...request }: Asked): Promise<HttpResponse> =>
    door.send(path, { target, query }, request);
  return {
    ...shared,
    repository: (repository) => ({
      ...shared,
      gate,
      room,
      repository,
      memory: memoryOf(repository),
      async send({ action, mountFrom, ...request }) {
        const scopes = scopesOf({ action, mountFrom }, repository, profile);
        return ask(`/v2/${repository}/`, { ...request, scopes, place: { registry: host, repository } });
      },
    }),
    send: async (request) => ask('/v2/', { ...request, place: { registry: host, repository: null } }),
    identify: async (repository, { signal } = {}) =>
      transport.identify(await findOrigin(signal), { repository, signal }),
    describeCredentials: async (repository) => describeCredentials(credentials, host, repository),
    async close() {
      tls.forget();
      await transport.close();
    },
  };
}

type Asked = UrlParts & Omit<HttpRequest, 'url'>;

interface Door {
  /** `path`: what a target that is no whole URL is below. */
  send(path: string, parts: UrlParts, request: Omit<HttpRequest, 'url'>): Promise<HttpResponse>;
}

interface Opened {
  readonly origin: URL;
  readonly send: Send;
}

/**
 * Sends to the registry, and to where it says that uploads go on. Other origins get no scopes, and may be at an address
 * of this machine only when the registry is.
 */
function createDoor(open: (signal: AbortSignal | undefined) => Promise<Opened>): Door {
  let isLocal: boolean | undefined;
  return {
    async send(path, parts, request) {
      request.signal?.throwIfAborted();
      const { origin, send } = await open(request.signal);
      const url = requestUrl(new URL(path, origin), parts);
      if (url.origin !== origin.origin) {
        const local = isLocal ?? isLocalAddress(literalAddress(origin.hostname) ?? '');
        const addresses = local ? 'any' : 'not-local';
        return sendElsewhere(send, { ...request, url, scopes: [], addresses, anonymous: true });
      }
      const response = await send({ ...request, url });
      if (response.url.origin === origin.origin && response.address !== undefined)
        isLocal = isLocalAddress(response.address);
      return response;
    },
  };
}

async function sendElsewhere(send: Send, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await send(request);
  } catch (cause) {
    if (!isAddressRefused(cause)) throw cause;
    throw unsafeRedirect(null, request.place, request.url, { what: `which is at the address ${cause.address}`, cause });
  }
}

function certsFolders(homeFolder: string): readonly string[] {
  return ['/etc/containers/certs.d', '/etc/docker/certs.d', join(homeFolder, '.config', 'containers', 'certs.d')];
}

async function describeCredentials(
  credentials: ReturnType<typeof createCredentialFinder>,
  host: RegistryHost,
  repository: RepositoryName | null,
): ReturnType<RegistryConnection['describeCredentials']> {
  const found = await credentials({ host, repository });
  if (found === undefined) return undefined;
  const { credential, source } = found;
  return { source, username: credential.kind === 'basic' ? credential.username : null };
}
