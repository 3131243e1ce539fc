/**
 * An upload session: a place at the registry that takes bytes, and moves with every answer.
 *
 * Each `Location` replaces the one before. Its query is the registry's and stays as it came.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import { digestAlgorithm, type ContentId, type Digest, type RepositoryName } from '@squizzle/oci-spec';
import type { HttpBody, HttpResponse } from '../../../http/http.ts';
import { resolveLocation, unsafeRedirect } from '../../../http/resolve-location.ts';
import type { RepositoryAccess } from '../../repository-access.ts';
import { expectStatus } from '../../response-error.ts';
import { pushSubject } from '../blob-subject.ts';
import { checkContentDigest } from '../content-digest.ts';
import { placeOfUpload } from './upload-location.ts';

export interface UploadSession {
  /** The smallest chunk it takes, but for the last; 0 where it does not say. */
  readonly minChunkBytes: number;
  /** Sends to where the session is. Only `GET` may be sent twice: bytes could arrive twice. */
  send(request: SessionRequest): Promise<HttpResponse>;
  /** Tells the registry to forget the session. Never throws, and ends after {@link CANCEL_MS}. */
  cancel(): Promise<void>;
}

export interface SessionRequest {
  readonly method: 'GET' | 'PATCH' | 'PUT';
  /** Closes the session. */
  readonly digest?: Digest;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody | undefined;
  readonly signal: AbortSignal | undefined;
}

const CANCEL_MS = 2_000;

interface OpenOptions {
  readonly signal: AbortSignal | undefined;
}

export async function openSession(
  access: RepositoryAccess,
  descriptor: ContentId,
  { signal }: OpenOptions,
): Promise<UploadSession> {
  const algorithm = digestAlgorithm(descriptor.digest);
  const query = algorithm === 'sha256' ? {} : { 'digest-algorithm': algorithm };
  const response = await access.send({ method: 'POST', target: 'blobs/uploads/', query, action: 'push', signal });
  await expectStatus(response, access, pushSubject(access, descriptor), 202);
  return sessionOf(response, access);
}

/**
 * Asks for the blob from another repository of the registry.
 *
 * @returns the session that a registry opens instead; `refused` where it does neither.
 */
export async function mountBlob(
  access: RepositoryAccess,
  descriptor: ContentId,
  { mountFrom, signal }: OpenOptions & { readonly mountFrom: RepositoryName },
): Promise<'mounted' | 'refused' | UploadSession> {
  const query = { mount: descriptor.digest, from: mountFrom };
  const request = { method: 'POST', target: 'blobs/uploads/', query, action: 'push', mountFrom, signal } as const;
  const response = await access.send(request).catch(refusedOrThrow);
  if (response === 'refused') return 'refused';
  if (response.status >= 400 && response.status < 500 && response.status !== 429) {
    await response.discard();
    return 'refused';
  }
  await expectStatus(response, access, pushSubject(access, descriptor), 201, 202);
  if (response.status === 202) return sessionOf(response, access);
  await response.discard();
  checkContentDigest(response, access, descriptor);
  return 'mounted';
}

/** No right to read the other repository is no reason not to push. */
function refusedOrThrow(thrown: unknown): 'refused' {
  if (isSquizzleError(thrown, 'AUTH_REQUIRED') || isSquizzleError(thrown, 'FORBIDDEN')) return 'refused';
  throw thrown;
}

async function sessionOf(opening: HttpResponse, access: RepositoryAccess): Promise<UploadSession> {
  await opening.discard();
  const locate = createLocator(opening.url.origin, access);
  let location = locate(opening);
  return {
    minChunkBytes: parseMinimum(opening.headers.get('oci-chunk-min-length')),
    async send({ method, digest, ...request }) {
      const target = digest === undefined ? location : withDigest(location, digest);
      const retry = method === 'GET' ? undefined : 'never';
      const response = await access.send({ ...request, method, target, retry, action: 'push' });
      const moves = method !== 'PUT' && response.headers.get('location') !== undefined; // what closes names the blob
      if (!moves || response.status < 200 || response.status > 299) return response;
      try {
        location = locate(response);
      } catch (thrown) {
        await response.discard();
        throw thrown;
      }
      return response;
    },
    cancel: async () => {
      const isOwn = location.origin === opening.url.origin;
      // What is not surely a session may be something that must not be deleted: it expires by itself.
      if (!isOwn || placeOfUpload(location, access.repository) === 'session') await cancelSession(access, location);
    },
  };
}

/** Where an answer says that the session is. One that has left the registry never comes back to it. */
function createLocator(registry: string, { host, repository }: RepositoryAccess): (response: HttpResponse) => URL {
  const place = { registry: host, repository };
  let left = false;
  return (response) => {
    const location = resolveLocation(response.headers.get('location') ?? '', response, place);
    const isOwn = location.origin === registry;
    if (isOwn && (left || response.url.origin !== registry))
      throw unsafeRedirect(response, place, location, { what: 'back to the registry from another host' });
    if (isOwn && placeOfUpload(location, repository) === 'other')
      throw unsafeRedirect(response, place, location, { what: 'which is no place for an upload' });
    left = !isOwn;
    return location;
  };
}

function withDigest(location: URL, digest: Digest): URL {
  const target = new URL(location);
  target.search = `${location.search === '' ? '?' : `${location.search}&`}digest=${encodeURIComponent(digest)}`;
  return target;
}

function parseMinimum(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0;
}

async function cancelSession(access: RepositoryAccess, target: URL): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_MS);
  try {
    const response = await access.send({ method: 'DELETE', target, action: 'push', signal, retry: 'never' });
    await response.discard();
  } catch {
    // It expires at the registry by itself; the caller has another error to hear of.
  }
}
