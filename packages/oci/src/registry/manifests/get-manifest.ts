/**
 * Pulling a manifest: its bytes as they were pushed, verified, and what they say.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import {
  digestOf,
  isContentError,
  isManifestMediaType,
  parseDigest,
  parseManifest,
  readVerified,
  type ContentId,
  type Descriptor,
  type Digest,
  type Manifest,
  type Tag,
} from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { readBody } from '../../http/read-body.ts';
import { readWhole } from '../read-whole.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { expectStatus, requestPlaceOf, responseInvalid } from '../response-error.ts';
import { quoteText } from '../shown-text.ts';
import { checkDigest } from './check-digest.ts';
import { MANIFEST_HEADERS, manifestSubject, manifestTarget, mediaTypeOf, servedDigest } from './manifest-request.ts';

export interface PulledManifest {
  readonly descriptor: Descriptor;
  /** As they were pushed: only these have the digest. */
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  /** To change what a tag names only if it still names this; `undefined` where the registry gives none. */
  readonly entityTag: string | undefined;
}

export type ExpectedManifest = ContentId & { readonly mediaType?: string | undefined };

export interface GetManifestOptions extends CallOptions {
  /** What is known of it already. Without it the bytes are bounded by the limit for manifests alone. */
  readonly expected?: ExpectedManifest | undefined;
  /** The right to ask for: `push` where a push follows, so that one token does for both. Default `pull`. */
  readonly action?: 'pull' | 'push' | undefined;
}

/**
 * @returns `undefined` when there is no such manifest, or no such repository.
 * @throws {ContentError} `SIZE_MISMATCH`, `DIGEST_MISMATCH` when it is not what was `expected`; `MANIFEST_INVALID` for
 *   what is no manifest, also one with both `layers` and `manifests`.
 * @throws {SquizzleError} `DIGEST_MISMATCH` when the registry calls it by another digest than it has; `TOO_LARGE`;
 *   `RESPONSE_INVALID` when it comes as another media type than it says itself, or than was expected; as `expectStatus`.
 */
export async function getManifest(
  access: RepositoryAccess,
  reference: Tag | Digest,
  { expected, action = 'pull', signal }: GetManifestOptions = {},
): Promise<PulledManifest | undefined> {
  const target = manifestTarget(reference);
  const ask = async (): Promise<HttpResponse> =>
    access.send({ method: 'GET', target, headers: MANIFEST_HEADERS, action, signal });
  const read = async (response: HttpResponse): Promise<PulledManifest | undefined> => {
    try {
      await expectStatus(response, access, manifestSubject(reference, action), 200, 404);
      return response.status === 404 ? undefined : await readAnswer(response, access, reference, expected);
    } finally {
      await response.discard();
    }
  };
  return readWhole(access, { first: await ask(), again: ask, read, signal });
}

async function readAnswer(
  response: HttpResponse,
  access: RepositoryAccess,
  reference: Tag | Digest,
  expected: ExpectedManifest | undefined,
): Promise<PulledManifest> {
  const bytes = await readBytes(response, access, expected);
  const digest = checkedDigest(bytes, reference, response, access);
  const mediaType = mediaTypeOf(response);
  const manifest = readManifest(bytes, mediaType, response, access);
  checkKind(mediaType, expected, response, access);
  const descriptor = { mediaType, digest, size: bytes.byteLength };
  return { descriptor, bytes, manifest, entityTag: response.headers.get('etag') };
}

/** The same bytes as another kind of manifest name other content to whoever reads them. */
function checkKind(
  mediaType: string,
  expected: ExpectedManifest | undefined,
  response: HttpResponse,
  access: RepositoryAccess,
): void {
  if (expected?.mediaType === undefined || expected.mediaType === mediaType) return;
  const reason = `expected a manifest of the media type ${expected.mediaType}, found ${mediaType}`;
  throw responseInvalid(access, response, reason);
}

async function readBytes(
  response: HttpResponse,
  access: RepositoryAccess,
  expected: ExpectedManifest | undefined,
): Promise<Uint8Array> {
  const limitBytes = access.limits.manifestBytes;
  if (expected !== undefined) return readVerified(response.body, expected, limitBytes);
  return readBody(response, requestPlaceOf(access), { what: 'the manifest', limitBytes });
}

/** By the algorithm of the reference, else of what the registry says, else SHA-256. */
function checkedDigest(
  bytes: Uint8Array,
  reference: Tag | Digest,
  response: HttpResponse,
  access: RepositoryAccess,
): Digest {
  const asked = parseDigest(reference);
  const said = servedDigest(response, access);
  for (const digest of [asked, said]) if (digest !== undefined) checkDigest(bytes, digest, access, response);
  return asked ?? said ?? digestOf(bytes);
}

function readManifest(
  bytes: Uint8Array,
  mediaType: string,
  response: HttpResponse,
  access: RepositoryAccess,
): Manifest {
  if (!isManifestMediaType(mediaType)) {
    const found = mediaType === '' ? 'none' : quoteText(mediaType, response);
    const reason = `expected the media type of an OCI or Docker (schema 2) manifest or index, found ${found}`;
    throw responseInvalid(access, response, reason);
  }
  try {
    return parseManifest(bytes, mediaType);
  } catch (cause) {
    if (!isContentError(cause, 'MANIFEST_INVALID') || cause.details.path !== '$.mediaType') throw cause;
    const reason = `the manifest came as ${mediaType} and says that it is ${cause.details.found}`;
    throw responseInvalid(access, response, reason, { cause });
  }
}
