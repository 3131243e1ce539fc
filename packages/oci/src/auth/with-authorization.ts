/**
 * Requests to one registry, with whatever it takes to be let in.
 *
 * The header is computed from where a request goes, never taken along: only the registry's own origin gets one, and no
 * request that is anonymous. What the registry asked for once is remembered, so that later requests need no refusal first.
 * What was sent is remembered too: no answer that comes later is shown with it, whoever gives it.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @module
 */
import type { HttpRequest, HttpResponse, Send } from '../http/http.ts';
import { isSameMethod, readDemand, type AuthMethod, type Demand } from './challenge/read-demand.ts';
import { grantedScopes } from './challenge/granted-scopes.ts';
import { coversScopes, mergeScopes } from './challenge/scopes.ts';
import { createEntrance, type Entrance } from './entrance.ts';
import { createProofs, type ObtainProof, type Proof, type ProofOptions } from './proof.ts';
import { readRefusal, toRefusalError, toUnrepeatableError } from './refusal.ts';
import { createSecretMemory, secretsOf } from './secrets.ts';
import { watchAddress } from './watch-address.ts';

export type AuthorizationOptions = ProofOptions;

/** One without or with what is known, one with a new token, one with the scopes that were missing. */
const MAX_SENDS = 3;

/**
 * Adds authorization. Answers other than 401, those of other origins and to anonymous requests are passed back untouched.
 *
 * @throws {SquizzleError} `AUTH_REQUIRED` when the registry wants credentials and there are none, or refuses those that
 *   were found; `FORBIDDEN` when it names a scope that they do not have; `INSECURE_REALM`; what the token service causes.
 */
export function withAuthorization(send: Send, options: AuthorizationOptions): Send {
  const { origin, limits } = options;
  const registry = watchAddress(send, origin);
  const obtain = createProofs({ ...options, reachedAt: registry.reachedAt });
  const entrance = createEntrance(registry.send, origin);
  const sent = createSecretMemory();
  const exchange = async (request: HttpRequest): Promise<HttpResponse> => {
    let proof = await foresee(request, entrance, obtain);
    for (let sends = 1; ; sends += 1) {
      if (proof !== undefined) sent.add(secretsOf(proof.found, proof.header));
      const response = await entrance.send(withProof(request, proof, sent.all()));
      if (response.status !== 401) return response;
      const demand = readDemand(response.headers);
      const refusal = await readRefusal({ place: request.place, response, demand, proof }, limits.errorBytes);
      const next = sends < MAX_SENDS ? await answer({ request, demand, proof }, entrance, obtain) : undefined;
      if (next === undefined) throw toRefusalError(refusal);
      if (request.body?.reopenable === false) throw toUnrepeatableError(refusal);
      proof = next;
    }
  };
  return async (request) => {
    const bare = { ...withoutAuthorization(request), secrets: sent.all() };
    return request.url.origin === origin.origin && request.anonymous !== true ? exchange(bare) : send(bare);
  };
}

/** What the registry is known to want. A body that can be sent once only waits until that is known. */
async function foresee(request: HttpRequest, entrance: Entrance, obtain: ObtainProof): Promise<Proof | undefined> {
  const method = await entrance.methodFor(request);
  const { place, signal, scopes = [] } = request;
  return method === undefined ? undefined : obtain({ method, scopes: mergeScopes(scopes), place, signal });
}

interface Refused {
  readonly request: HttpRequest;
  readonly demand: Demand;
  readonly proof: Proof | undefined;
}

/** Another proof than the one that was refused; `undefined`: there is none. */
async function answer(refused: Refused, entrance: Entrance, obtain: ObtainProof): Promise<Proof | undefined> {
  const { request, demand, proof } = refused;
  const { place, signal } = request;
  const silent = proof === undefined && demand.schemes.length === 0;
  const method = silent ? await entrance.ask(request) : methodFor(refused);
  if (method === undefined) return undefined;
  const scopes = mergeScopes(request.scopes ?? [], grantedScopes(demand.scopes, request));
  if (proof === undefined) return obtain({ method, scopes, place, signal });
  const same = isSameMethod(method, proof.method) && coversScopes(proof.scopes, scopes);
  if (same && !proof.cached) return undefined;
  const next = await obtain({ method, scopes, place, signal, refused: same ? proof : undefined });
  return next?.header === proof.header ? undefined : next;
}

/** Harbor asks for Basic when a token is old or too weak: first another token, which needs no password at the registry. */
function methodFor({ demand, proof }: Refused): AuthMethod | undefined {
  const staleToken = proof?.method.kind === 'bearer' && proof.cached && demand.method?.kind === 'basic';
  return staleToken ? proof.method : (demand.method ?? proof?.method);
}

function withProof(request: HttpRequest, proof: Proof | undefined, secrets: readonly string[]): HttpRequest {
  if (proof === undefined) return request;
  return { ...request, secrets, headers: { ...request.headers, authorization: proof.header } };
}

/** Nobody above this layer has a say in it. */
function withoutAuthorization(request: HttpRequest): HttpRequest {
  if (request.headers === undefined) return request;
  const headers = Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'authorization');
  return { ...request, headers: Object.fromEntries(headers) };
}
