/**
 * Conditional requests: the entity tag of content is its digest in quotes.
 *
 * On reads `If-None-Match` saves the download. On a manifest's push the conditions speak of its tags, so that two
 * clients that change one tag notice each other.
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
 * What must hold of the tags a push moves.
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
  if (ifMatch === undefined) {
    if (ifNoneMatch?.trim() === '*') return { type: 'absent' };
    throw new RegistryError('REQUEST_INVALID', 'on a push If-None-Match takes * alone; name digests with If-Match');
  }
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
