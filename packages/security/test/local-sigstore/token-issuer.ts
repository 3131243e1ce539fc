/**
 * Signs and checks the tokens of the local OIDC provider.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { jwtVerify, SignJWT, type JWK, type JWTPayload } from 'jose';
import type { TokenClaims } from './identity-claims.ts';
import { createP256KeyPair } from './key-pair.ts';

const KEY_ID = 'local-1';
const LIFETIME_SECONDS = 600;

export interface TokenIssuer {
  /** Whose tokens are made from now on. */
  setClaims(claims: TokenClaims): void;
  /**
   * @param extra claims that take the place of others, `exp` and `iss` too.
   * @param key whose signature it bears, if not the issuer's.
   */
  mint(audience: string, extra?: JWTPayload, key?: KeyObject): Promise<string>;
  /** @throws for a token that is not of this issuer, not for `audience`, or not valid now. */
  verify(token: string, audience: string): Promise<TokenClaims>;
  readonly jwks: { readonly keys: readonly JWK[] };
}

export function createTokenIssuer(url: string, now: () => Date, first: TokenClaims): TokenIssuer {
  const keys = createP256KeyPair();
  let claims = first;
  return {
    setClaims(next) {
      claims = next;
    },
    async mint(audience, extra = {}, key = keys.privateKey) {
      const iat = Math.floor(now().getTime() / 1000);
      const standard = { iss: url, aud: audience, iat, nbf: iat, exp: iat + LIFETIME_SECONDS };
      const token = new SignJWT({ ...claims, ...standard, ...extra });
      return token.setProtectedHeader({ alg: 'ES256', kid: KEY_ID, typ: 'JWT' }).sign(key);
    },
    async verify(token, audience) {
      const { payload } = await jwtVerify(token, keys.publicKey, { issuer: url, audience, currentDate: now() });
      return Object.fromEntries(Object.entries(payload).filter(isPlainClaim));
    },
    jwks: { keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'ES256', use: 'sig' }] },
  };
}

const isPlainClaim = (entry: [string, unknown]): entry is [string, string | number | boolean] =>
  ['string', 'number', 'boolean'].includes(typeof entry[1]);
