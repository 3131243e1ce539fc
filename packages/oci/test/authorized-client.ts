/**
 * A client that holds credentials, before a registry that wants them.
 *
 * @module
 */
import { parseRegistryHost, type RegistryHost } from '@squizzle/oci-spec';
import { withAuthorization, type AuthorizationOptions } from '../src/auth/with-authorization.ts';
import type { Credential, CredentialQuery } from '../src/credentials/credential.ts';
import type { HttpRequest } from '../src/http/http.ts';
import { TRANSFER_LIMITS } from '../src/http/transfer-limits.ts';
import { plainSend } from './plain-send.ts';
import type { TokenRegistry, TokenRegistryOptions } from './token-registry.ts';

export const PASSWORD = 'planted-password';
export const ACCOUNT: TokenRegistryOptions = {
  username: 'alice',
  password: PASSWORD,
  rights: ['repository:a:pull,push', 'repository:b:pull'],
};
export const alice: Credential = { kind: 'basic', username: 'alice', password: PASSWORD };
/** What alice’s requests carry where the registry wants Basic. */
export const BASIC = `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}`;

/** A client of the registry, its clock, and who asked for credentials. */
export function clientOf(
  registry: TokenRegistry,
  credential?: Credential,
  options: Partial<AuthorizationOptions> = {},
) {
  const clock = { now: 0 };
  const looks: CredentialQuery[] = [];
  const { host } = registry.origin;
  const send = withAuthorization(plainSend, {
    registry: parseRegistryHost(host) as RegistryHost,
    origin: registry.origin,
    credentials: async (query) => {
      looks.push(query);
      return credential === undefined ? undefined : { credential, source: 'a test' };
    },
    sendToken: plainSend,
    now: () => clock.now,
    limits: TRANSFER_LIMITS,
    ...options,
  });
  const place = { registry: host, repository: 'a' };
  const request = (method: HttpRequest['method'], path: string, more: Partial<HttpRequest> = {}) =>
    send({ method, url: new URL(`/v2/${path}`, registry.origin), place, ...more });
  const pull = async (more: Partial<HttpRequest> = {}): Promise<number> => {
    const response = await request('GET', 'a/manifests/v1', { scopes: ['repository:a:pull'], ...more });
    await response.discard();
    return response.status;
  };
  const push = async (more: Partial<HttpRequest> = {}): Promise<number> => {
    const response = await request('POST', 'a/blobs/uploads/', { scopes: ['repository:a:pull,push'], ...more });
    await response.discard();
    return response.status;
  };
  return { clock, looks, send, request, pull, push, place };
}

export const authorizations = (seen: TokenRegistry['atRegistry']) => seen.map(({ authorization }) => authorization);
/** Of each request for a token. */
export const scopesAt = ({ atService }: TokenRegistry) =>
  atService.map(({ target }) => new URL(target, 'http://service').searchParams.getAll('scope'));

/** Everything that an error says, to whoever prints it. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return [thrown.message, thrown.stack, JSON.stringify(thrown), wordsOf(thrown.cause)].join('\n');
}
