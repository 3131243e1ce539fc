/**
 * Conditional requests: the entity tag of content is its digest in quotes.
 *
 * On reads `If-None-Match` saves the download. On a manifest's push and on a tag's deletion the conditions speak of the
 * tags, so that two clients that change one tag notice each other. `If-Match` is kept everywhere.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { RegistryError } from '../registry-error.ts';
import type { TagCondition } from '../storage/contracts.ts';
import { quote } from './path-parameters.ts';

interface EntityTag {
  readonly weak: boolean;
  /** Without its quotes. */
  readonly value: string;
}

const LIST = /^[ \t,]*(?:(?:W\/)?"[^"]*"[ \t]*(?:,[ \t,]*|$))+$/;
const MEMBER = /(W\/)?"([^"]*)"/g;

export function etagOf(digest: Digest): string {
  return `"${digest}"`;
}

/** Whether the client has this very content: then a read is answered with 304. What cannot be read is ignored. */
export function isNotModified(ifNoneMatch: string | undefined, digest: Digest): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return parseEntityTags(ifNoneMatch)?.some(({ value }) => value === digest) ?? false;
}

/**
 * Keeps `If-Match` where the content is known: a client that wants another one gets none.
 *
 * @throws {RegistryError} `PRECONDITION_FAILED`; `REQUEST_INVALID` when it cannot be read.
 */
export function requireMatch(ifMatch: string | undefined, digest: Digest): void {
  if (ifMatch === undefined) return;
  const condition = readIfMatch(ifMatch);
  if (condition.type === 'present' || condition.digests.includes(digest)) return;
  throw new RegistryError('PRECONDITION_FAILED', `expected the content of If-Match, found ${digest}`, {
    detail: { digest },
  });
}

/**
 * What must hold of the tags a push moves or a deletion removes.
 *
 * @throws {RegistryError} `REQUEST_INVALID`: a condition that cannot be read or kept must not be taken as none.
 */
export function readTagCondition(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): TagCondition | undefined {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new RegistryError('REQUEST_INVALID', 'expected If-Match or If-None-Match, found both; send one of them');
  }
  if (ifMatch !== undefined) return readIfMatch(ifMatch);
  if (ifNoneMatch?.trim() === '*') return { type: 'absent' };
  throw new RegistryError('REQUEST_INVALID', 'on a push If-None-Match takes * alone; name digests with If-Match');
}

function readIfMatch(ifMatch: string): Exclude<TagCondition, { readonly type: 'absent' }> {
  if (ifMatch.trim() === '*') return { type: 'present' };
  const tags = parseEntityTags(ifMatch);
  if (tags === undefined) {
    throw new RegistryError('REQUEST_INVALID', `expected If-Match as * or "<digest>", …, found ${quote(ifMatch)}`);
  }
  // If-Match compares strongly: a weak tag matches nothing.
  return { type: 'one-of', digests: tags.filter(({ weak }) => !weak).map(({ value }) => value) };
}

function parseEntityTags(list: string): readonly EntityTag[] | undefined {
  if (!LIST.test(list)) return undefined;
  return Array.from(list.matchAll(MEMBER), ([, weak, value = '']) => ({ weak: weak !== undefined, value }));
}
