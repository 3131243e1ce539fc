/**
 * What is said when there is no token to sign with. Never the token.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

export function identityUnavailable(reason: string): SquizzleError<'IDENTITY_UNAVAILABLE'> {
  return new SquizzleError('IDENTITY_UNAVAILABLE', `no identity to sign with: ${reason}`, { reason });
}
