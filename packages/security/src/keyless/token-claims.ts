/**
 * What an OIDC token says of itself. Decoded, not verified: whoever it is sent to verifies it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7519
 * @module
 */
import * as v from 'valibot';
import { parseJson } from '../http/read-json.ts';
import type { JsonValue } from '../statements/statement.ts';
import { identityUnavailable } from './identity-unavailable.ts';

/** Personal data may be in it: for provenance and for asking Fulcio, not for logs. */
export interface TokenClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: readonly string[];
  readonly expires: Date;
  readonly email: string | null;
  readonly emailVerified: boolean;
  /** Every claim as it stands in the token: `repository`, `project_path`, … */
  readonly all: Readonly<Record<string, JsonValue>>;
}

const MAX_CHARACTERS = 32 * 1024;
const JWT = /^[\w-]+\.([\w-]+)\.[\w-]+$/;
const MAX_SECONDS = 8.64e12; // what a Date can hold

const text = v.pipe(v.string(), v.nonEmpty());
const CLAIMS = v.looseObject({
  iss: text,
  sub: text,
  aud: v.union([text, v.array(text)]),
  exp: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(MAX_SECONDS)),
  email: v.optional(text),
  email_verified: v.optional(v.union([v.boolean(), v.picklist(['true', 'false'])])),
});

/** @throws {SquizzleError} `IDENTITY_UNAVAILABLE` for a text that is no OIDC token. */
export function claimsOfToken(token: string): TokenClaims {
  const claims = parseClaims(token);
  if (claims === undefined) {
    throw identityUnavailable('the token is no OIDC token (JWT): give one that was made for the audience sigstore');
  }
  const { iss, sub, aud, exp, email, email_verified: verified } = claims;
  return {
    issuer: iss,
    subject: sub,
    audience: typeof aud === 'string' ? [aud] : aud,
    expires: new Date(exp * 1000),
    email: email ?? null,
    emailVerified: verified === true || verified === 'true',
    all: claims as Readonly<Record<string, JsonValue>>, // it came out of JSON.parse
  };
}

/**
 * Whom Fulcio certifies, and over whose name it wants a signature: the mail address where there is one.
 *
 * @throws {SquizzleError} `IDENTITY_UNAVAILABLE` for a mail address that its issuer has not verified.
 */
export function certifiedSubject({ email, emailVerified, subject }: TokenClaims, origin: string): string {
  if (email === null) return subject;
  if (!emailVerified) {
    throw identityUnavailable(`${origin}: its mail address is not verified: verify it with the issuer first`);
  }
  return email;
}

function parseClaims(token: string): v.InferOutput<typeof CLAIMS> | undefined {
  if (token.length > MAX_CHARACTERS) return undefined;
  const payload = JWT.exec(token)?.[1];
  const result = v.safeParse(CLAIMS, payload && parseJson(Buffer.from(payload, 'base64url')));
  return result.success ? result.output : undefined;
}
