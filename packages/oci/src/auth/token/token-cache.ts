/**
 * Tokens of one registry, kept while they last: by token service, who asks, and scopes.
 *
 * A token serves whoever wants no more than it was asked for. Who finds none, or only one that the registry refused,
 * gets a new one; all who want the same at that moment share one request.
 *
 * @module
 */
import { coversScopes } from '../challenge/scopes.ts';
import { createSingleFlight } from '../single-flight.ts';
import type { AccessToken } from './token-answer.ts';

export interface TokenQuery {
  /** Token service and who asks, as one text. Compared, never shown. */
  readonly audience: string;
  /** In normal form. */
  readonly scopes: readonly string[];
  /** One that the registry does not take: forgotten. */
  readonly refused?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface KnownToken {
  readonly token: string;
  /** Whether it was there before it was asked for. */
  readonly cached: boolean;
}

export type TokenCache = (
  query: TokenQuery,
  fetchToken: (signal: AbortSignal) => Promise<AccessToken>,
) => Promise<KnownToken>;

interface KeptToken extends AccessToken {
  readonly audience: string;
  readonly scopes: readonly string[];
}

const MAX_TOKENS = 100;

export function createTokenCache(now: () => number): TokenCache {
  const kept = new Map<string, KeptToken>();
  const flight = createSingleFlight<AccessToken>();
  const forgetSpent = (refused: string | undefined): void => {
    for (const [key, { token, renewAt }] of kept) if (token === refused || renewAt <= now()) kept.delete(key);
  };
  const keep = (key: string, token: KeptToken): void => {
    const [oldest] = kept.keys();
    if (kept.size >= MAX_TOKENS && oldest !== undefined) kept.delete(oldest);
    kept.set(key, token);
  };
  return async ({ audience, scopes, refused, signal }, fetchToken) => {
    forgetSpent(refused);
    const key = JSON.stringify([audience, scopes]);
    const found = kept.get(key) ?? [...kept.values()].find((token) => serves(token, audience, scopes));
    if (found !== undefined) return { token: found.token, cached: true };
    const fetchAndKeep = async (ends: AbortSignal): Promise<AccessToken> => {
      const fetched = await fetchToken(ends);
      keep(key, { ...fetched, audience, scopes });
      return fetched;
    };
    const { token } = await flight(key, fetchAndKeep, signal);
    return { token, cached: false };
  };
}

function serves(token: KeptToken, audience: string, scopes: readonly string[]): boolean {
  return token.audience === audience && coversScopes(token.scopes, scopes);
}
