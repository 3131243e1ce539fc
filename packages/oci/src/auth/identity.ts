/**
 * Who a registry takes the caller for, and what it lets them do with a repository: nothing is left behind to find out.
 *
 * A token that can be read says it best; else a token that is given or refused; else what a harmless request is answered.
 * All of it is for people to read: only the registry decides, when it comes to it.
 *
 * @module
 */
import type { RepositoryName } from '@squizzle/oci-spec';
import type { RequestPlace, Send } from '../http/http.ts';
import { grantedScopes } from './challenge/granted-scopes.ts';
import { readDemand } from './challenge/read-demand.ts';
import { createProofs, type Proof, type ProofOptions } from './proof.ts';
import { readRefusal, toRefusalError } from './refusal.ts';
import { claimsOf, rightsByAnswers, rightsByTokens, type Probe, type RepositoryRights } from './repository-rights.ts';
import { secretsOf } from './secrets.ts';
import { watchAddress } from './watch-address.ts';

export interface RegistryIdentity {
  /** `none`: the registry lets in who shows nothing. */
  readonly scheme: 'none' | 'basic' | 'bearer';
  /** Who the token speaks for; else the user name of the credentials; `null`: nobody in particular. */
  readonly identity: string | null;
  /** Where the credentials come from; `null`: none were used. */
  readonly credentials: string | null;
  /** `null`: no repository was asked about. */
  readonly rights: RepositoryRights | null;
}

export interface IdentityQuery {
  readonly repository: RepositoryName | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `send` adds no authorization; `options` are those of `withAuthorization`.
 *
 * @throws {SquizzleError} `AUTH_REQUIRED` when the credentials are refused, or there are none and the registry lets
 *   nobody in without; whatever else `withAuthorization` throws.
 */
export async function probeIdentity(
  send: Send,
  options: ProofOptions,
  { repository, signal }: IdentityQuery,
): Promise<RegistryIdentity> {
  const place: RequestPlace = { registry: options.registry, repository };
  const registry = watchAddress(send, options.origin);
  const obtain = createProofs({ ...options, reachedAt: registry.reachedAt });
  const probe: Probe = {
    obtain: async (query) => obtain({ ...query, place, signal }),
    ask: async (target, method, proof) => {
      const headers = proof === undefined ? {} : { authorization: proof.header };
      const url = typeof target === 'string' ? new URL(`/v2/${target}`, options.origin) : target;
      const secrets = secretsOf(proof?.found, proof?.header);
      return registry.send({ method, url, headers, place, signal, secrets });
    },
  };
  const { scheme, proof } = await enter(probe, place, options.limits.errorBytes);
  const rights = repository === null ? null : await rightsTo(repository, probe, proof);
  return { scheme, identity: identityOf(proof), credentials: proof?.found?.source ?? null, rights };
}

interface Entered {
  readonly scheme: RegistryIdentity['scheme'];
  readonly proof: Proof | undefined;
}

/** Shows nothing, then what there is, where the registry says how: also one that lets in who shows nothing. */
async function enter(probe: Probe, place: RequestPlace, limitBytes: number): Promise<Entered> {
  const response = await probe.ask('', 'GET', undefined);
  const demand = readDemand(response.headers);
  const refusal = await readRefusal({ place, response, demand, proof: undefined }, limitBytes);
  const { method } = demand;
  const scopes = grantedScopes(demand.scopes, { method: 'GET', place });
  const proof = method === null ? undefined : await probe.obtain({ method, scopes });
  if (method === null || proof === undefined) {
    if (response.status !== 401) return { scheme: 'none', proof: undefined };
    throw toRefusalError(refusal);
  }
  const second = await probe.ask('', 'GET', proof);
  const again = { place, response: second, demand: readDemand(second.headers), proof };
  const refusedAgain = await readRefusal(again, limitBytes);
  if (second.status === 401) throw toRefusalError(refusedAgain);
  return { scheme: method.kind, proof };
}

async function rightsTo(repository: RepositoryName, probe: Probe, proof: Proof | undefined): Promise<RepositoryRights> {
  return (await rightsByTokens(probe, repository, proof)) ?? rightsByAnswers(probe, repository, proof);
}

function identityOf(proof: Proof | undefined): string | null {
  const subject = claimsOf(proof)?.subject ?? null;
  const credential = proof?.found?.credential;
  return subject ?? (credential?.kind === 'basic' ? credential.username : null);
}
