/**
 * URLs of requests below `/v2/`.
 *
 * @module
 */
export interface UrlParts {
  /** Below `base`, already percent-encoded; or a whole URL from the registry, whose query stays as it is, signed or not. */
  readonly target: string | URL;
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/**
 * `base` ends with a slash.
 *
 * @throws {RangeError} when a target leads out of `base`: names and digests must be checked before they get here.
 */
export function requestUrl(base: URL, { target, query = {} }: UrlParts): URL {
  const url = typeof target === 'string' ? below(base, target) : new URL(target);
  const more = new URLSearchParams(query).toString();
  if (more !== '') url.search = url.search === '' ? more : `${url.search}&${more}`;
  return url;
}

function below(base: URL, target: string): URL {
  const url = new URL(`${base.href}${target}`);
  const inside =
    url.pathname.startsWith(base.pathname) && url.pathname === `${base.pathname}${target.split(/[?#]/, 1)[0]}`;
  if (!inside) throw new RangeError(`a request below ${base.pathname} must not go to ${url.pathname}`);
  return url;
}
