/**
 * Addresses of services that get tokens, keys' names or signatures: https, or http on this very machine.
 *
 * @module
 */

/** What an address must be, for messages. */
export const SERVICE_URL_RULE = 'an https address without user and password (http only on this machine)';

const MAX_CHARACTERS = 2048;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** `undefined` for anything else. A query is kept: GitHub's addresses of tokens have one. */
export function parseServiceUrl(text: string): URL | undefined {
  if (text.length > MAX_CHARACTERS || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
  return secure && url.username === '' && url.password === '' && url.hash === '' ? url : undefined;
}

/** The service's own path is kept: `https://host/fulcio` and `/api` make `https://host/fulcio/api`. */
export function endpoint(service: URL, path: string): URL {
  const url = new URL(service);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  return url;
}
