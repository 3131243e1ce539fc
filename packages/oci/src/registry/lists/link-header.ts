/**
 * `Link` headers: where the next page of a list is.
 *
 * Tolerant, as registries are careless: unquoted `rel=next`, any case, further parameters and links. Text that is no link
 * is passed over, never guessed at.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 * @module
 */
export interface Link {
  /** As written: relative to the request's URL, or absolute. */
  readonly target: string;
  /** In lower case. */
  readonly relations: readonly string[];
}

/** A registry needs one link of one URL. */
const MOST_CHARACTERS = 16 * 1024;
const MOST_LINKS = 32;

const BETWEEN = /[\s,]+/y;
const TARGET = /<([^<>]*)>/y;
const PARAMETER = /\s*;\s*([A-Za-z0-9!#$&+.^_`|~*-]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/y;
const REST_OF_LINK = /(?:[^,"<]|"(?:[^"\\]|\\.)*"?)*/y;

/** The links of one header field's value. */
export function parseLinkHeader(value: string): readonly Link[] {
  const text = value.slice(0, MOST_CHARACTERS);
  const links: Link[] = [];
  let at = match(BETWEEN, text, 0)[1];
  while (at < text.length && links.length < MOST_LINKS) {
    const [target, afterTarget] = match(TARGET, text, at);
    if (target === undefined) {
      at = afterRest(text, text[at] === '<' ? at + 1 : at);
      continue;
    }
    const [relations, afterParameters] = readRelations(text, afterTarget);
    links.push({ target: (target[1] ?? '').trim(), relations });
    at = afterRest(text, afterParameters);
  }
  return links;
}

/** Where the next link may begin. What stands between two links is passed over once, however long. */
function afterRest(text: string, at: number): number {
  return match(BETWEEN, text, match(REST_OF_LINK, text, at)[1])[1];
}

/** The target of the first link with `rel="next"`, in several header fields. */
export function nextTarget(values: readonly string[]): string | undefined {
  return values.flatMap(parseLinkHeader).find(({ relations }) => relations.includes('next'))?.target;
}

/** Of several `rel` parameters the first counts (RFC 8288 section 3.3). */
function readRelations(text: string, start: number): [relations: readonly string[], end: number] {
  let relations: readonly string[] | undefined;
  let at = start;
  for (;;) {
    const [found, end] = match(PARAMETER, text, at);
    if (found === undefined || end === at) return [relations ?? [], at];
    const [, name = '', quoted, plain = ''] = found;
    if (name.toLowerCase() === 'rel') relations ??= words(quoted?.replace(/\\(.)/g, '$1') ?? plain);
    at = end;
  }
}

function words(text: string): readonly string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

function match(pattern: RegExp, text: string, at: number): [found: RegExpExecArray | undefined, end: number] {
  pattern.lastIndex = at;
  const found = pattern.exec(text) ?? undefined;
  return [found, found === undefined ? at : pattern.lastIndex];
}
