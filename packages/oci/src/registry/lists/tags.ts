/**
 * The tags of a repository: all of them, in byte order.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import { parseTag, type Tag } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { readWords } from '../error-body.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { readNames } from './read-names.ts';
import { responseErrorOf, type ResponseSubject } from '../response-error.ts';

const WHAT = 'the list of tags';

/**
 * Reads the whole list before it answers: registries sort in different ways, and some not at all.
 *
 * A repository that does not exist has no tags. What is no tag (some registries list digests, or nulls) is left out.
 *
 * @throws {SquizzleError} `RESPONSE_INVALID` for a list that cannot be read or never ends; `UNSAFE_REDIRECT`.
 */
export async function listTags(access: RepositoryAccess, { signal }: CallOptions = {}): Promise<readonly Tag[]> {
  const query = { n: String(access.profile.tagsPageSize) };
  const ask = async (next: URL | undefined): Promise<HttpResponse> =>
    access.send({
      method: 'GET',
      action: 'pull',
      signal,
      ...(next === undefined ? { target: 'tags/list', query } : { target: next }),
    });
  const first = await ask(undefined);
  if (await isUnknownRepository(first, access)) return [];
  const source = { place: access, subject: subjectOf(access), what: WHAT, ask, signal };
  return readNames(first, { ...source, member: 'tags', parse: parseTag });
}

/** @throws {SquizzleError} for a 404 that is no registry's: then the address is wrong, not the repository new. */
async function isUnknownRepository(response: HttpResponse, access: RepositoryAccess): Promise<boolean> {
  if (response.status !== 404) return false;
  const words = await readWords(response, access.limits.errorBytes);
  const isPage = /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
  if (words.codes.length > 0 || (words.text === '' && !isPage)) return true;
  throw responseErrorOf(response, access, subjectOf(access), words);
}

function subjectOf({ repository }: RepositoryAccess): ResponseSubject {
  return { what: 'repository', name: repository, doing: 'list the tags', action: 'pull' };
}
