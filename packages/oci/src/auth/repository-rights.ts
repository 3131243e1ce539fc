/**
 * What may be done with a repository, as far as it can be known without leaving anything behind: a token's claims, or what
 * the beginning of an upload and the deletion of nothing are answered.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { RepositoryName } from '@squizzle/oci-spec';
import type { HttpResponse } from '../http/http.ts';
import { placeOfUpload } from '../registry/blobs/upload/upload-location.ts';
import { coversScopes } from './challenge/scopes.ts';
import type { Proof, ProofQuery } from './proof.ts';
import { decodeToken, type TokenClaims } from './token/decode-token.ts';

export interface Right {
  /** `null`: it cannot be known without trying. */
  readonly granted: boolean | null;
  /** `token`: its claims; `token-service`: it gave one, or refused to; `answer`: to a request that changes nothing. */
  readonly evidence: 'token' | 'token-service' | 'answer' | 'none';
}

export interface RepositoryRights {
  readonly pull: Right;
  readonly push: Right;
  readonly delete: Right;
}

export interface Probe {
  /** Below `/v2/`, or at a place that the registry named, with the proof and nothing else. */
  ask(
    target: string | URL,
    method: 'GET' | 'HEAD' | 'POST' | 'DELETE',
    proof: Proof | undefined,
  ): Promise<HttpResponse>;
  obtain(query: Pick<ProofQuery, 'method' | 'scopes'>): Promise<Proof | undefined>;
}

const UNKNOWN: Right = { granted: null, evidence: 'none' };

/** `undefined`: no token service has a say in it, or its tokens say nothing. `proof` is one that the registry took. */
export async function rightsByTokens(
  probe: Probe,
  repository: RepositoryName,
  proof: Proof | undefined,
): Promise<RepositoryRights | undefined> {
  if (proof?.method.kind !== 'bearer') return undefined;
  const scopeFor = (actions: string): readonly string[] => [`repository:${repository}:${actions}`];
  const tokenFor = async (actions: string): Promise<Proof | undefined> =>
    unlessRefused(probe.obtain({ method: proof.method, scopes: scopeFor(actions) }));
  const claims = claimsOf(await tokenFor('delete,pull,push'));
  if (claims?.access != null) return rightsIn(claims, repository);
  if (proof.found?.credential.kind === 'registry-token') return undefined;
  const rightBy = async (actions: string, find: typeof canPull): Promise<Right> => {
    const token = await tokenFor(actions);
    return token === undefined ? byService(false) : find(probe, repository, token);
  };
  return {
    pull: await rightBy('pull', canPull),
    push: await rightBy('pull,push', canPush),
    delete: await rightBy('delete', canDelete),
  };
}

export async function rightsByAnswers(
  probe: Probe,
  repository: RepositoryName,
  proof: Proof | undefined,
): Promise<RepositoryRights> {
  return {
    pull: await canPull(probe, repository, proof),
    push: await canPush(probe, repository, proof),
    delete: await canDelete(probe, repository, proof),
  };
}

export function claimsOf(proof: Proof | undefined): TokenClaims | undefined {
  return proof === undefined ? undefined : decodeToken(proof.header.replace(/^Bearer /, ''));
}

/** A tag that is not there is as good as one that is: it was looked for. */
async function canPull(probe: Probe, repository: RepositoryName, proof: Proof | undefined): Promise<Right> {
  const response = await probe.ask(`${repository}/manifests/latest`, 'HEAD', proof);
  await response.discard();
  const { status } = response;
  if (status === 401 || status === 403) return { granted: false, evidence: 'answer' };
  return status < 400 || status === 404 ? { granted: true, evidence: 'answer' } : UNKNOWN;
}

/** An upload that is begun and given up at once. */
async function canPush(probe: Probe, repository: RepositoryName, proof: Proof | undefined): Promise<Right> {
  const response = await probe.ask(`${repository}/blobs/uploads/`, 'POST', proof);
  await response.discard();
  const { status, url } = response;
  if (isRefusal(status)) return { granted: false, evidence: 'answer' };
  if (status !== 202) return UNKNOWN;
  const location = response.headers.get('location') ?? '';
  const session = URL.canParse(location, url.href) ? new URL(location, url) : url;
  if (session.origin === url.origin && placeOfUpload(session, repository) === 'session')
    await (await probe.ask(session, 'DELETE', proof)).discard();
  return { granted: true, evidence: 'answer' };
}

/** No content has this digest. */
const NOTHING = `sha256:${'0'.repeat(64)}`;

async function canDelete(probe: Probe, repository: RepositoryName, proof: Proof | undefined): Promise<Right> {
  const response = await probe.ask(`${repository}/manifests/${NOTHING}`, 'DELETE', proof);
  await response.discard();
  if (isRefusal(response.status)) return { granted: false, evidence: 'answer' };
  return response.status === 404 || response.status === 202 ? { granted: true, evidence: 'answer' } : UNKNOWN;
}

/** 405: the registry does that for nobody. */
function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 405;
}

function rightsIn({ access }: TokenClaims, repository: RepositoryName): RepositoryRights {
  const held = (access ?? []).map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`);
  const right = (action: string): Right => ({
    granted: coversScopes(held, [`repository:${repository}:${action}`]),
    evidence: 'token',
  });
  return { pull: right('pull'), push: right('push'), delete: right('delete') };
}

function byService(granted: boolean): Right {
  return { granted, evidence: 'token-service' };
}

/** Refused for these scopes (Quay: 400 for `delete`), or for everybody who shows nothing; refused credentials are another matter. */
async function unlessRefused(proof: Promise<Proof | undefined>): Promise<Proof | undefined> {
  try {
    return await proof;
  } catch (thrown) {
    const anonymous = isSquizzleError(thrown, 'AUTH_REQUIRED') && thrown.details.credentials === null;
    const unknownScope = isSquizzleError(thrown, 'RESPONSE_INVALID') && thrown.details.status === 400;
    if (anonymous || unknownScope || isSquizzleError(thrown, 'FORBIDDEN')) return undefined;
    throw thrown;
  }
}
