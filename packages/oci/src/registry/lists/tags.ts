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
import { readPages, type Page } from './pages.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { responseInvalid, responseErrorOf, type ResponseSubject } from '../response-error.ts';

const WHAT = 'the list of tags';

/**
 * Reads the whole list before it answers: registries sort in different ways, and some not at all.
 *
 * A repository that does not exist has no tags. What is no tag (some registries list digests, or nulls) is left out.
 *
 * @throws {SquizzleError} `RESPONSE_INVALID` for a list that cannot be read or never ends; `UNSAFE_REDIRECT`.
 */
export async function listTags(access: RepositoryAccess, { signal }: CallOptions = {}): Promise<readonly Tag[]> {
  const first = await access.send({
    method: 'GET',
    target: 'tags/list',
    query: { n: String(access.profile.tagsPageSize) },
    action: 'pull',
    signal,
  });
  if (await isUnknownRepository(first, access)) return [];
  const ask = async (next: URL): Promise<HttpResponse> =>
    access.send({ method: 'GET', target: next, action: 'pull', signal });
  const tags = new Set<Tag>();
  for await (const page of readPages(first, { place: access, subject: subjectOf(access), what: WHAT, ask })) {
    for (const tag of tagsIn(page, access)) tags.add(tag);
  }
  return [...tags].sort();
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

function tagsIn({ bytes, response }: Page, access: RepositoryAccess): readonly Tag[] {
  const tags = readTags(bytes);
  if (tags === undefined) {
    throw responseInvalid(
      access,
      response,
      `${WHAT}: expected a JSON object with an array of tags, found something else`,
    );
  }
  return tags.flatMap((tag) => (typeof tag === 'string' ? (parseTag(tag) ?? []) : []));
}

/** Go writes an empty list as null. */
function readTags(bytes: Uint8Array): readonly unknown[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  const { tags = null } = document as { readonly tags?: unknown };
  return tags === null ? [] : Array.isArray(tags) ? tags : undefined;
}
