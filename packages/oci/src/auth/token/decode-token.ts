/**
 * What a token says of itself, where it is a JSON Web Token. Nothing is verified: only the registry can.
 *
 * For display alone, never for a decision about trust. Pure and bounded; never throws.
 *
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 * @module
 */
export interface TokenClaims {
  /** Who the token speaks for. */
  readonly subject: string | null;
  /** `null`: the token does not say; empty: it says that nothing is allowed. */
  readonly access: readonly GrantedAccess[] | null;
}

export interface GrantedAccess {
  /** `repository`, `registry`. */
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

const MAX_TOKEN = 64 * 1024;
const MAX_ENTRIES = 100;
const MAX_SUBJECT = 256;
const JWT = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*$/;

/** `undefined`: the token is opaque. */
export function decodeToken(token: string): TokenClaims | undefined {
  const payload = token.length > MAX_TOKEN ? undefined : JWT.exec(token)?.[1];
  const claims =
    payload === undefined ? undefined : readObject(parseJson(Buffer.from(payload, 'base64url').toString()));
  if (claims === undefined) return undefined;
  const subject = textOf(claims.get('sub'));
  const access = claims.get('access');
  return {
    subject: subject === undefined ? null : plainText(subject),
    access: Array.isArray(access) ? access.slice(0, MAX_ENTRIES).flatMap(readAccess) : null,
  };
}

function readAccess(value: unknown): readonly GrantedAccess[] {
  const entry = readObject(value);
  const [type, name, actions] = [entry?.get('type'), entry?.get('name'), entry?.get('actions')];
  if (typeof type !== 'string' || typeof name !== 'string' || !Array.isArray(actions)) return [];
  return [{ type, name, actions: actions.slice(0, MAX_ENTRIES).filter((action) => typeof action === 'string') }];
}

/** Keys in lower case: Azure writes `Type` where the others write `type`. */
function readObject(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry as unknown]));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** It ends on a terminal. */
function plainText(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').slice(0, MAX_SUBJECT);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
