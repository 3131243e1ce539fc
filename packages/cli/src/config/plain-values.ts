/**
 * Values that several parts of the configuration have: lines, paths, addresses, digests.
 *
 * @module
 */
import * as v from 'valibot';

export const MAPPING = 'a mapping of keys to values';

/** Not empty, and without line breaks or other control characters. */
export function isLine(value: string): boolean {
  return value.trim() !== '' && !/\p{Cc}/u.test(value);
}

export const text = v.pipe(
  v.string('a text'),
  v.check((value) => value.trim() !== '', 'a text that is not empty'),
);

export const path = v.pipe(v.string('a path'), v.check(isLine, 'a path'));

const SERVICE_EXPECTED = 'the URL of a service, as https://fulcio.acme.internal, without user and password';

export const serviceUrl = v.pipe(v.string(SERVICE_EXPECTED), v.check(isServiceUrl, SERVICE_EXPECTED));

function isServiceUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

const HEX_EXPECTED = 'a SHA-256: 64 hexadecimal digits in lower case';

/** As `sha256sum` prints it; `sha256:` before it does no harm. */
export const sha256 = v.pipe(
  v.string(HEX_EXPECTED),
  v.regex(/^(?:sha256:)?[0-9a-f]{64}$/, HEX_EXPECTED),
  v.transform((value) => value.replace(/^sha256:/, '')),
);
