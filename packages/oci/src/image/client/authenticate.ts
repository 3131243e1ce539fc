/**
 * Whether a registry takes the credentials, asked where the protocol begins.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { RegistryHost } from '@squizzle/oci-spec';
import type { RegistryConnection } from '../../registry/repository-access.ts';
import { expectStatus, type ResponseSubject } from '../../registry/response-error.ts';

export interface AcceptedLogin {
  readonly registry: RegistryHost;
  /** `null`: without credentials, or with a token that does not say whose it is. */
  readonly username: string | null;
  /** Where the credentials come from, for people; `null` when there are none: the registry is open to everyone. */
  readonly credentials: string | null;
}

const SUBJECT: ResponseSubject = { what: 'repository', name: 'the registry', doing: 'log in', action: 'pull' };

/**
 * Credentials are shown also to a registry that lets in who has none, where it says how. One that does not say takes any;
 * what may be done with a repository, only that tells.
 *
 * @throws {SquizzleError} `AUTH_REQUIRED` when the registry wants credentials and has none, or refuses those it got;
 *   `UNREACHABLE`, `TLS_UNTRUSTED` …; `RESPONSE_INVALID` when it is no registry.
 */
export async function authenticate(
  connection: RegistryConnection,
  { signal }: CallOptions = {},
): Promise<AcceptedLogin> {
  const found = await connection.describeCredentials(null);
  const response = await connection.send({ method: 'GET', target: '', signal });
  await expectStatus(response, connection, SUBJECT, 200);
  await response.discard();
  const tellsHow = response.headers.get('www-authenticate') !== undefined;
  if (found !== undefined && tellsHow) await connection.identify(null, { signal }); // it let in nobody in particular
  return { registry: connection.host, username: found?.username ?? null, credentials: found?.source ?? null };
}
