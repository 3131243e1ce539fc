/**
 * Lists that come in pages, each naming the next one in its `Link` header.
 *
 * The registry decides where the next page is, so where it leads is checked: on the same origin, never to a page that was
 * read already, and not for ever.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 * @module
 */
import type { SquizzleError } from '@squizzle/core';
import type { HttpResponse } from '../../http/http.ts';
import { readBody } from '../../http/read-body.ts';
import { resolveLocation, unsafeRedirect } from '../../http/resolve-location.ts';
import { readWhole } from '../read-whole.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { expectStatus, requestPlaceOf, responseInvalid } from '../response-error.ts';
import type { ResponsePlace, ResponseSubject } from '../response-error.ts';
import { nextTarget } from './link-header.ts';

export interface PageSource {
  readonly place: ResponsePlace & Pick<RepositoryAccess, 'onEvent'>;
  readonly subject: ResponseSubject;
  /** For messages: `the list of tags`. */
  readonly what: string;
  /** Asks for the page at a place that the one before named; for the first once more where none is named. */
  readonly ask: (next: URL | undefined) => Promise<HttpResponse>;
  readonly signal: AbortSignal | undefined;
}

export interface Page {
  readonly response: HttpResponse;
  readonly bytes: Uint8Array;
}

/**
 * Yields the first page, which is already asked for, and those that follow.
 *
 * @throws {SquizzleError} `UNSAFE_REDIRECT` for a next page elsewhere; `TOO_LARGE` for a page beyond the limit;
 *   `RESPONSE_INVALID` for a list without end, or beyond the limit in all; whatever a status of failure amounts to.
 */
export async function* readPages(first: HttpResponse, source: PageSource): AsyncGenerator<Page, void, undefined> {
  const { place, subject, what, ask, signal } = source;
  const { listBytes, pages } = place.limits;
  const read = async (response: HttpResponse): Promise<Page> => {
    await expectStatus(response, place, subject, 200);
    const bytes = await readBody(response, requestPlaceOf(place), { what, limitBytes: listBytes });
    return { response, bytes };
  };
  const seen = new Set<string>([first.url.href]);
  let sizeBytes = 0;
  let asked = first;
  let at: URL | undefined;
  for (;;) {
    const here = at;
    const page = await readWhole(place, { first: asked, again: async () => ask(here), read, signal });
    const { response } = page;
    sizeBytes += page.bytes.byteLength;
    if (sizeBytes > listBytes) throw endless(response, source, `has more than ${listBytes} bytes in all`);
    yield page;
    at = nextPage(response, source);
    if (at === undefined) return;
    if (seen.has(at.href)) throw endless(response, source, `names a page again that was read: ${at.pathname}`);
    if (seen.size === pages) throw endless(response, source, `has more than ${pages} pages`);
    seen.add(at.href);
    asked = await ask(at);
  }
}

function nextPage(response: HttpResponse, { place, what }: PageSource): URL | undefined {
  const target = nextTarget(response.headers.all('link'));
  if (target === undefined) return undefined;
  const next = resolveLocation(target, response, requestPlaceOf(place));
  if (next.origin === response.url.origin) return next;
  throw unsafeRedirect(response, requestPlaceOf(place), next, { what: `another host, for more of ${what}` });
}

function endless(
  response: HttpResponse,
  { place, what }: PageSource,
  found: string,
): SquizzleError<'RESPONSE_INVALID'> {
  return responseInvalid(place, response, `${what} is endless: it ${found}`);
}
