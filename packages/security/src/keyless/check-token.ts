/**
 * A token is looked at before it is sent anywhere: one that has expired is not sent at all.
 *
 * @module
 */
import { identityUnavailable } from './identity-unavailable.ts';
import { claimsOfToken, type TokenClaims } from './token-claims.ts';

/**
 * @param origin of the token, for messages.
 * @throws {SquizzleError} `IDENTITY_UNAVAILABLE`.
 */
export function checkToken(token: string, now: Date, origin: string): TokenClaims {
  const claims = claimsOfToken(token);
  if (claims.expires <= now) {
    throw identityUnavailable(
      `${origin}: the token expired at ${claims.expires.toISOString()}, and it is ${now.toISOString()}: get a new one right before signing`,
    );
  }
  return claims;
}
