/**
 * User name and password as HTTP sends them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 * @module
 */
import { SquizzleError } from '@squizzle/core';

export interface BasicCredential {
  readonly username: string;
  readonly password: string;
}

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE`: a colon in the user name, or a control character. */
export function basicHeader({ username, password }: BasicCredential, source: string): string {
  const reason = username.includes(':')
    ? 'the user name has a colon, which Basic authentication cannot send'
    : /\p{Cc}/u.test(username + password)
      ? 'user name or password has a line break or another control character: see how it was saved'
      : undefined;
  if (reason !== undefined) throw new SquizzleError('CREDENTIALS_UNUSABLE', `${source}: ${reason}`, { source, reason });
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
