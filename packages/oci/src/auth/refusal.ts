/**
 * A registry that goes on saying 401: from what it asked for and what it was shown to a typed error.
 *
 * @module
 */
import { SquizzleError, type RegistryFault } from '@squizzle/core';
import type { HttpResponse, RequestPlace } from '../http/http.ts';
import { redactSecrets } from '../http/redact-secrets.ts';
import { requestIdOf } from '../http/request-id.ts';
import { readWords } from '../registry/error-body.ts';
import type { Demand } from './challenge/read-demand.ts';
import { adviseLogin } from './login-advice.ts';
import type { Proof } from './proof.ts';
import { secretsOf } from './secrets.ts';
import { withoutEchoes } from './without-echoes.ts';

export interface Refused {
  readonly place: RequestPlace;
  readonly response: HttpResponse;
  readonly demand: Demand;
  /** What was shown; `undefined`: nothing. */
  readonly proof: Proof | undefined;
}

export interface Refusal extends Refused {
  /** The registry's words, free of secrets, as what it demands is here. */
  readonly says: string;
}

/** Reads the body, no more of it than `limitBytes`, and gives the connection back. */
export async function readRefusal(refused: Refused, limitBytes: number): Promise<Refusal> {
  const { response, proof } = refused;
  const secrets = proof === undefined ? [] : secretsOf(proof.found, proof.header);
  const words = withoutEchoes((await readWords(response, limitBytes)).text, secrets);
  const clean = (texts: readonly string[]): string[] => texts.map((text) => redactSecrets(text, secrets));
  const demand = { ...refused.demand, scopes: clean(refused.demand.scopes), schemes: clean(refused.demand.schemes) };
  return { ...refused, demand, says: `it answered HTTP ${response.status}${words}` };
}

/** `FORBIDDEN` where the registry knows who asks and says that the scope is what is missing. */
export function toRefusalError(refusal: Refusal): SquizzleError {
  const { demand, proof } = refusal;
  const source = proof?.found?.source;
  if (demand.insufficientScope && source !== undefined) return forbidden(refusal, source);
  return unauthorized(refusal, reasonFor(refusal), hintFor(refusal));
}

/** There is a way in, but the body is spent. */
export function toUnrepeatableError(refusal: Refusal): SquizzleError {
  const reason = 'it wants to know who asks, after a body was sent that cannot be sent twice';
  return unauthorized(refusal, reason, 'try again: what it wants is known now');
}

function forbidden({ place, response, demand, proof, says }: Refusal, source: string): SquizzleError<'FORBIDDEN'> {
  const scopes = demand.scopes.length > 0 ? demand.scopes : (proof?.scopes ?? []);
  const hint = 'use credentials with the right, or have it granted';
  const message = `${nameOf(place)}: the credentials of ${source} are not enough for ${scopes.join(' ')}: ${says}; ${hint}`;
  return new SquizzleError('FORBIDDEN', message, { ...faultOf(place, response, hint), scopes });
}

function unauthorized(
  { place, response, proof, says }: Refusal,
  reason: string,
  hint: string,
): SquizzleError<'AUTH_REQUIRED'> {
  const details = { ...faultOf(place, response, hint), credentials: proof?.found?.source ?? null };
  return new SquizzleError('AUTH_REQUIRED', `${nameOf(place)}: ${reason}: ${says}; ${hint}`, details);
}

function reasonFor({ place, demand, proof }: Refusal): string {
  if (speaksAnother(demand))
    return `it asks for ${demand.schemes.join(', ')}, and only Bearer and Basic are spoken here`;
  return adviseLogin(place.registry, proof?.found?.source ?? null).reason;
}

function hintFor({ place, demand, proof }: Refusal): string {
  if (speaksAnother(demand)) return 'ask who runs the registry for a way in with Bearer tokens or Basic';
  return adviseLogin(place.registry, proof?.found?.source ?? null).hint;
}

function speaksAnother({ method, schemes }: Demand): boolean {
  return method === null && schemes.length > 0;
}

function nameOf({ registry, repository }: RequestPlace): string {
  return repository === null ? registry : `${registry}/${repository}`;
}

function faultOf(place: RequestPlace, response: HttpResponse, hint: string): RegistryFault {
  return { ...place, requestId: requestIdOf(response), status: response.status, hint };
}
