/**
 * From credentials to the header that proves them: `Basic …`, or `Bearer …` with a token that was had for it.
 *
 * Credentials go nowhere but to the registry and to a token service that passed `checkRealm`.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { RegistryHost } from '@squizzle/oci-spec';
import type { FindCredential, FoundCredential } from '../credentials/credential.ts';
import type { RequestPlace } from '../http/http.ts';
import type { AuthMethod, BearerMethod } from './challenge/read-demand.ts';
import { checkRealm, type RealmRules } from './realm-safety.ts';
import { secretsOf } from './secrets.ts';
import { basicHeader } from './token/basic-header.ts';
import { fetchToken, type TokenService } from './token/fetch-token.ts';
import { createTokenCache, type TokenCache } from './token/token-cache.ts';

export interface ProofOptions extends RealmRules, TokenService {
  readonly registry: RegistryHost;
  /** Asked for every proof: it remembers what is costly to find. */
  readonly credentials: FindCredential;
}

export interface Proof {
  /** The header's value. A secret. */
  readonly header: string;
  readonly method: AuthMethod;
  /** What it was had for, in normal form. */
  readonly scopes: readonly string[];
  /** `undefined`: a token that anybody gets. */
  readonly found: FoundCredential | undefined;
  /** A token that was there before: it may have been revoked since. */
  readonly cached: boolean;
}

export interface ProofQuery {
  readonly method: AuthMethod;
  readonly scopes: readonly string[];
  readonly place: RequestPlace;
  /** One that the registry did not take: its token is forgotten. */
  readonly refused?: Proof | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** `undefined`: there is nothing to prove with. */
export type ObtainProof = (query: ProofQuery) => Promise<Proof | undefined>;

export function createProofs(options: ProofOptions): ObtainProof {
  const tokens = createTokenCache(options.now);
  return async (query) => {
    const { method, scopes, place, signal } = query;
    const found = await options.credentials({ host: options.registry, repository: place.repository }, { signal });
    if (found?.credential.kind === 'registry-token') {
      return { header: bearerHeader(found.credential.token, found.source), method, scopes, found, cached: false };
    }
    if (method.kind === 'bearer') return tokenProof({ ...query, method }, { found, tokens, options });
    return found === undefined ? undefined : basicProof(query, found);
  };
}

/** What may stand in a header after `Bearer `. */
const TOKEN = /^[\x21-\x7e]+$/;

function bearerHeader(token: string, source: string): string {
  if (TOKEN.test(token)) return `Bearer ${token}`;
  const reason = 'the token has white space, a line break or another character that no token has: see how it was saved';
  throw new SquizzleError('CREDENTIALS_UNUSABLE', `${source}: ${reason}`, { source, reason });
}

function basicProof({ method, scopes, place }: ProofQuery, found: FoundCredential): Proof | undefined {
  const { credential, source } = found;
  if (credential.kind !== 'basic') throw passwordRequired(place, source);
  if (credential.username === '' && credential.password === '') return undefined;
  return { header: basicHeader(credential, source), method, scopes, found, cached: false };
}

function passwordRequired(place: RequestPlace, source: string): SquizzleError<'AUTH_REQUIRED'> {
  const hint = `log in with user name and password: \`squizzle login ${place.registry}\``;
  const message = `${place.registry}: has no token service that would take the identity token of ${source}; ${hint}`;
  const details = { ...place, requestId: null, status: 401, hint, credentials: source };
  return new SquizzleError('AUTH_REQUIRED', message, details);
}

interface BearerQuery extends ProofQuery {
  readonly method: BearerMethod;
}

interface BearerSources {
  readonly found: FoundCredential | undefined;
  readonly tokens: TokenCache;
  readonly options: ProofOptions;
}

async function tokenProof(
  { method, scopes, place, refused, signal }: BearerQuery,
  { found, tokens, options }: BearerSources,
): Promise<Proof> {
  const { realm, service } = method;
  const audience = JSON.stringify([realm, service, found?.credential]);
  const query = { audience, scopes, refused: refused?.header.replace(/^Bearer /, ''), signal };
  const { token, cached } = await tokens(query, async (ends) => {
    const safe = await checkRealm(realm, place, { ...options, secrets: secretsOf(found, undefined) }, ends);
    return fetchToken({ realm: safe, service, scopes, place, signal: ends }, found, options);
  });
  return { header: `Bearer ${token}`, method, scopes, found, cached };
}
