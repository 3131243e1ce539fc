/**
 * The header `Link` that leads to the next page of a list.
 *
 * Its target is a path without a host: whatever name the client reached us by goes on to hold.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288
 * @module
 */
import type { HeaderList } from './respond.ts';

/** What the next request needs beside `last`. Left out when undefined. */
export type LinkParameters = Readonly<Record<string, string | number | undefined>>;

/** The header, `</v2/…?last=…&n=…>; rel="next"`, when there is `more` after `last`; else nothing. */
export function nextPage(
  more: boolean,
  last: string | undefined,
  path: string,
  parameters: LinkParameters,
): HeaderList {
  if (!more || last === undefined) return [];
  const query = Object.entries({ last, ...parameters }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return ['Link', `<${path}?${query.join('&')}>; rel="next"`];
}
