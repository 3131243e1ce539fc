/**
 * Lists of names, a page at a time: an object whose one member is an array of texts.
 *
 * @module
 */
import type { SquizzleError } from '@squizzle/core';
import type { HttpResponse } from '../../http/http.ts';
import { responseInvalid } from '../response-error.ts';
import { isWithinBounds } from './json-bounds.ts';
import { readPages, type Page, type PageSource } from './pages.ts';

export interface NameSource<T extends string> extends PageSource {
  /** The member that holds the names: `tags`. */
  readonly member: string;
  readonly parse: (text: string) => T | undefined;
}

/** In the list, and in all of its pages together. */
const MOST_NAMES = 1_000_000;
/** Names are two deep. Some registries say more beside them. */
const DEPTH = 8;
/** Beside the names. */
const OTHER_VALUES = 1_000;

/**
 * Every name once, in byte order. What is no name is left out; no member and null are an empty list: Go writes so.
 *
 * @throws {SquizzleError} as `readPages`; `RESPONSE_INVALID` for what is no such list, and for more names than a million.
 */
export async function readNames<T extends string>(first: HttpResponse, source: NameSource<T>): Promise<readonly T[]> {
  const names: T[] = [];
  let listed = 0;
  for await (const page of readPages(first, source)) {
    const found = namesIn(page, source);
    listed += found.length;
    if (listed > MOST_NAMES) throw tooMany(page, source);
    for (const text of found) {
      const name = typeof text === 'string' ? source.parse(text) : undefined;
      if (name !== undefined) names.push(name);
    }
  }
  return inOrder(names);
}

function namesIn({ bytes, response }: Page, source: NameSource<string>): readonly unknown[] {
  const { place, what, member } = source;
  if (!isWithinBounds(bytes, { depth: DEPTH, values: MOST_NAMES + OTHER_VALUES })) throw tooMany({ response }, source);
  const found = readMember(bytes, member);
  if (found !== undefined) return found;
  const reason = `${what}: expected a JSON object with an array of ${member}, found something else`;
  throw responseInvalid(place, response, reason);
}

function tooMany(
  { response }: Pick<Page, 'response'>,
  { place, what, member }: NameSource<string>,
): SquizzleError<'RESPONSE_INVALID'> {
  const reason = `${what}: expected at most ${MOST_NAMES} ${member} and ${DEPTH} levels of nesting, found more`;
  return responseInvalid(place, response, reason);
}

function readMember(bytes: Uint8Array, member: string): readonly unknown[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  const { [member]: names = null } = document as Readonly<Record<string, unknown>>;
  return names === null ? [] : Array.isArray(names) ? names : undefined;
}

/** In place: a million names are not held twice. */
function inOrder<T extends string>(names: T[]): readonly T[] {
  names.sort();
  let kept = 0;
  for (const name of names) {
    if (kept > 0 && name === names[kept - 1]) continue;
    names[kept] = name;
    kept += 1;
  }
  names.length = kept;
  return names;
}
