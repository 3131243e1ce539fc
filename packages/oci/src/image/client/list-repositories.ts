/**
 * The repositories of a registry: its catalog, which is no part of the specification and not offered by all.
 *
 * @see https://distribution.github.io/distribution/spec/api/#catalog
 * @module
 */
import { SquizzleError, type CallOptions } from '@squizzle/core';
import { DOCKER_HUB, parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { readPages, type Page } from '../../registry/lists/pages.ts';
import type { RegistryConnection } from '../../registry/repository-access.ts';
import { faultOf, responseInvalid, type ResponseSubject } from '../../registry/response-error.ts';

const SUBJECT: ResponseSubject = {
  what: 'repository',
  name: 'the catalog',
  doing: 'list the repositories',
  action: 'pull',
};
const WHAT = 'the list of repositories';
const SCOPES = ['registry:catalog:*'];
const PAGE_SIZE = '1000';
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
  const ask = async (target: string | URL, query?: Readonly<Record<string, string>>): Promise<HttpResponse> =>
    connection.send({ method: 'GET', target, scopes: SCOPES, signal, ...(query === undefined ? {} : { query }) });
  const first = await ask('_catalog', { n: PAGE_SIZE });
  if (NOT_OFFERED.has(first.status)) {
    await first.discard();
    throw unsupported(connection, first);
  }
  const names = new Set<RepositoryName>();
  for await (const page of readPages(first, { place: connection, subject: SUBJECT, what: WHAT, ask })) {
    for (const name of namesIn(page, connection)) names.add(name);
  }
  return [...names].sort();
}

function namesIn({ bytes, response }: Page, connection: RegistryConnection): readonly RepositoryName[] {
  const repositories = readRepositories(bytes);
  if (repositories === undefined) {
    const reason = `${WHAT}: expected a JSON object with an array of repositories, found something else`;
    throw responseInvalid(connection, response, reason);
  }
  return repositories.flatMap((name) => (typeof name === 'string' ? (parseRepositoryName(name) ?? []) : []));
}

function readRepositories(bytes: Uint8Array): readonly unknown[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  const { repositories = null } = document as { readonly repositories?: unknown };
  return repositories === null ? [] : Array.isArray(repositories) ? repositories : undefined;
}

function unsupported(connection: RegistryConnection, response: HttpResponse | null): SquizzleError<'UNSUPPORTED'> {
  const { host, profile } = connection;
  const hint = `see the repositories on the pages of ${profile.name}`;
  const details = { ...faultOf(connection, response, hint), feature: SUBJECT.doing };
  return new SquizzleError('UNSUPPORTED', `${host} cannot list its repositories: it has no catalog; ${hint}`, details);
}
