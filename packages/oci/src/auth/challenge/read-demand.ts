/**
 * What a 401 asks for: how to prove who one is, and for which rights.
 *
 * Bearer goes before Basic where both are offered: the password then stays with the token service.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @module
 */
import type { HttpHeaders } from '../../http/http.ts';
import { parseChallenges, type Challenge } from './parse-challenges.ts';
import { parseScopes } from './scopes.ts';

export type AuthMethod = { readonly kind: 'basic' } | BearerMethod;

export interface BearerMethod {
  readonly kind: 'bearer';
  /** Where tokens are had, as the registry wrote it: so far unchecked. */
  readonly realm: string;
  readonly service: string | null;
}

export interface Demand {
  /** `null`: none that is spoken here. */
  readonly method: AuthMethod | null;
  /** In normal form; empty where none were named. */
  readonly scopes: readonly string[];
  /** Who asks is known, and may not. */
  readonly insufficientScope: boolean;
  /** Everything offered, for messages: `negotiate`. */
  readonly schemes: readonly string[];
}

export function readDemand(headers: HttpHeaders): Demand {
  const challenges = parseChallenges(headers.all('www-authenticate'));
  const bearer = bearerOf(challenges);
  return {
    method: methodOf(challenges, bearer),
    scopes: parseScopes(bearer?.parameters.get('scope') ?? ''),
    insufficientScope: bearer?.parameters.get('error') === 'insufficient_scope',
    schemes: [...new Set(challenges.map(({ scheme }) => scheme.slice(0, 32)))],
  };
}

export function isSameMethod(one: AuthMethod, other: AuthMethod): boolean {
  if (one.kind === 'basic' || other.kind === 'basic') return one.kind === other.kind;
  return one.realm === other.realm && one.service === other.service;
}

/** One that leads somewhere, if there is one. */
function bearerOf(challenges: readonly Challenge[]): Challenge | undefined {
  const bearers = challenges.filter(({ scheme, parameters }) => scheme === 'bearer' && realmOf(parameters) !== '');
  return bearers.find(({ parameters }) => URL.canParse(realmOf(parameters))) ?? bearers[0];
}

/** A realm that is no URL is for whoever checks realms to refuse, unless there is Basic. */
function methodOf(challenges: readonly Challenge[], bearer: Challenge | undefined): AuthMethod | null {
  const realm = bearer === undefined ? '' : realmOf(bearer.parameters);
  const basic: AuthMethod | null = challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : null;
  if (bearer === undefined || (basic !== null && !URL.canParse(realm))) return basic;
  return { kind: 'bearer', realm, service: bearer.parameters.get('service') ?? null };
}

function realmOf(parameters: Challenge['parameters']): string {
  return parameters.get('realm') ?? '';
}
