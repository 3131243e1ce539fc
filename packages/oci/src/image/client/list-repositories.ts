/**
 * The repositories of a registry: its catalog, which is no part of the specification and not offered by all.
 *
 * @see https://distribution.github.io/distribution/spec/api/#catalog
 * @module
 */
import { SquizzleError, type CallOptions } from '@squizzle/core';
import { DOCKER_HUB, parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { readNames } from '../../registry/lists/read-names.ts';
import type { RegistryConnection } from '../../registry/repository-access.ts';
import { faultOf, type ResponseSubject } from '../../registry/response-error.ts';

const SUBJECT: ResponseSubject = {
  what: 'repository',
  name: 'the catalog',
  doing: 'list the repositories',
  action: 'pull',
};
const WHAT = 'the list of repositories';
const SCOPES = ['registry:catalog:*'];
const FIRST = { target: '_catalog', query: { n: '1000' } };
const NOT_OFFERED: ReadonlySet<number> = new Set([404, 405, 501]);

/**
 * In byte order. Names that are none, and null for an empty list, are passed over.
 *
 * @throws {SquizzleError} `UNSUPPORTED` by a registry without a catalog; `AUTH_REQUIRED`, `FORBIDDEN` where it is for
 *   administrators.
 */
export async function listRepositories(
  connection: RegistryConnection,
  { signal }: CallOptions = {},
): Promise<readonly RepositoryName[]> {
  if (connection.host === DOCKER_HUB) throw unsupported(connection, null);
  const ask = async (next: URL | undefined): Promise<HttpResponse> =>
    connection.send({ method: 'GET', scopes: SCOPES, signal, ...(next === undefined ? FIRST : { target: next }) });
  const first = await ask(undefined);
  if (NOT_OFFERED.has(first.status)) {
    await first.discard();
    throw unsupported(connection, first);
  }
  const source = { place: connection, subject: SUBJECT, what: WHAT, ask, signal };
  return readNames(first, { ...source, member: 'repositories', parse: parseRepositoryName });
}

function unsupported(connection: RegistryConnection, response: HttpResponse | null): SquizzleError<'UNSUPPORTED'> {
  const { host, profile } = connection;
  const hint = `see the repositories on the pages of ${profile.name}`;
  const details = { ...faultOf(connection, response, hint), feature: SUBJECT.doing };
  return new SquizzleError('UNSUPPORTED', `${host} cannot list its repositories: it has no catalog; ${hint}`, details);
}
