/**
 * The header `Authorization: Basic …` and the challenge that asks for it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 * @module
 */
import { isUtf8 } from 'node:buffer';

export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/** What podman, buildah and skopeo send for want of a password: neither a user nor a password. */
export function namesNobody({ user, password }: BasicCredentials): boolean {
  return user === '' && password === '';
}

/** Names of schemes have no case. The server limits the length of headers. */
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;
/** RFC 7617 forbids them on both sides of the colon. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** `undefined` for another scheme, and for what RFC 7617 does not allow. */
export function parseBasicCredentials(authorization: string): BasicCredentials | undefined {
  const base64 = BASIC.exec(authorization)?.[1];
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  // Node reads base64 that was cut off or has bits too many; one way to write a password is enough.
  if (bytes.toString('base64') !== base64 || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1 || CONTROL.test(text)) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * The value of `WWW-Authenticate`.
 *
 * @throws {TypeError} for a realm that cannot stand in a header.
 */
export function formatBasicChallenge(realm: string): string {
  if (!/^[ -~]*$/.test(realm)) throw new TypeError('the realm must be printable ASCII');
  return `Basic realm="${realm.replaceAll(/["\\]/g, String.raw`\$&`)}", charset="UTF-8"`;
}
