/**
 * URLs as messages may show them: no userinfo, and of the query only what cannot be a secret.
 *
 * Upload locations (`_state`) and links to blobs (`X-Amz-Signature`, `sig`) let whoever reads them do what they allow,
 * so a name has to be on the list for its value to be shown.
 *
 * @module
 */
const SHOWN = new Set(['n', 'last', 'digest', 'artifactType', 'mount', 'from', 'service', 'scope']);
const LONGEST = 500;

export function redactUrl(url: URL | string): string {
  if (typeof url === 'string' && !URL.canParse(url)) return '(not a URL)';
  const { protocol, host, pathname, searchParams } = new URL(url);
  const query = [...searchParams].map(([name, value]) => `${name}=${SHOWN.has(name) ? value : '***'}`).join('&');
  const text = `${protocol}//${host}${pathname}${query === '' ? '' : `?${query}`}`.replace(/[^\x20-\x7e]/g, '?');
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
