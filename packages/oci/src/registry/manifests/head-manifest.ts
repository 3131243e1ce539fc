/**
 * What a tag or digest names, in one request without a body; where a registry does not do that well, in one with.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import {
  digestAlgorithm,
  isManifestMediaType,
  parseDigest,
  type Descriptor,
  type Digest,
  type Tag,
} from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { expectStatus } from '../response-error.ts';
import { digestMismatch } from './check-digest.ts';
import { getManifest } from './get-manifest.ts';
import { MANIFEST_HEADERS, manifestSubject, manifestTarget, mediaTypeOf, servedDigest } from './manifest-request.ts';

export interface HeadManifestOptions extends CallOptions {
  /** The right to ask for: `push` where a push follows, so that one token does for both. Default `pull`. */
  readonly action?: 'pull' | 'push' | undefined;
  /**
   * Whether a 404 is asked again with GET: proxies of other registries say 404 to the HEAD of what they have not
   * fetched yet. Default: not.
   */
  readonly confirmAbsence?: boolean | undefined;
}

/** What registries answer that have no HEAD here. */
const REFUSALS = [400, 405, 501];

/**
 * @returns `undefined` when there is no such manifest, or no such repository.
 * @throws {SquizzleError} `RESPONSE_INVALID` when the registry calls it by what is no digest; `DIGEST_MISMATCH` when by
 *   another one than it was asked for; as `getManifest`, where that has to be asked.
 */
export async function headManifest(
  access: RepositoryAccess,
  reference: Tag | Digest,
  { confirmAbsence = false, ...options }: HeadManifestOptions = {},
): Promise<Descriptor | undefined> {
  const { action = 'pull', signal } = options;
  const target = manifestTarget(reference);
  const response = await access.send({ method: 'HEAD', target, headers: MANIFEST_HEADERS, action, signal });
  await expectStatus(response, access, manifestSubject(reference, action), 200, 404, ...REFUSALS);
  await response.discard();
  if (response.status === 404 && !confirmAbsence) return undefined;
  const found = response.status === 200 ? readHeaders(response, access, reference) : undefined;
  return found ?? (await getManifest(access, reference, options))?.descriptor;
}

/** `undefined` where the headers do not say all. */
function readHeaders(
  response: HttpResponse,
  access: RepositoryAccess,
  reference: Tag | Digest,
): Descriptor | undefined {
  const asked = parseDigest(reference);
  const said = servedDigest(response, access);
  if (said === undefined) return undefined;
  if (asked !== undefined && asked !== said) {
    if (digestAlgorithm(asked) !== digestAlgorithm(said)) return undefined;
    throw digestMismatch(access, response, { expected: asked, actual: said });
  }
  const mediaType = mediaTypeOf(response);
  const size = readLength(response);
  return size === undefined || !isManifestMediaType(mediaType) ? undefined : { mediaType, digest: said, size };
}

/** Of an encoded form the length says nothing. */
function readLength({ headers }: HttpResponse): number | undefined {
  const text = headers.get('content-length') ?? '';
  const encoding = headers.get('content-encoding') ?? 'identity';
  return /^[1-9]\d{0,14}$/.test(text) && encoding === 'identity' ? Number(text) : undefined;
}
