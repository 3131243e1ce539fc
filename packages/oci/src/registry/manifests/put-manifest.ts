/**
 * Pushing a manifest under its digest or a tag. Everything it names must be there.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 * @module
 */
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import { parseDigest, type Descriptor, type Digest, type Tag } from '@squizzle/oci-spec';
import type { HttpBody, HttpResponse } from '../../http/http.ts';
import { sleep } from '../../http/sleep.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { expectStatus } from '../response-error.ts';
import { checkDigest } from './check-digest.ts';
import { manifestSubject, manifestTarget, servedDigest } from './manifest-request.ts';

/**
 * How often a registry is asked to find the blobs. Distribution 2 loses sight of a blob for a moment while somebody
 * pushes it again.
 */
const LOOKS = 4;

export interface ManifestContent {
  readonly descriptor: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;
  readonly bytes: Uint8Array;
}

export interface PutManifestOptions extends CallOptions {
  /**
   * What must be true of a tag for it to be set, where the registry heeds it: that there is none, or that it names
   * what had this entity tag.
   */
  readonly condition?: 'absent' | { readonly entityTag: string } | undefined;
}

export interface PutManifestAnswer {
  /** The subject that the registry says it took note of, in its referrers API. */
  readonly subject: Digest | undefined;
}

/**
 * @returns `undefined` when the condition does not hold: nothing was changed by this request, as far as it is known. A
 *   try whose answer was lost may have set the tag before.
 * @throws {SquizzleError} `DIGEST_MISMATCH`, `RESPONSE_INVALID` when the registry acknowledges something else;
 *   `NOT_FOUND` for a blob that the manifest names; as `expectStatus`.
 */
export async function putManifest(
  access: RepositoryAccess,
  reference: Tag | Digest,
  { descriptor, bytes }: ManifestContent,
  { condition, signal }: PutManifestOptions = {},
): Promise<PutManifestAnswer | undefined> {
  const response = await send(access, reference, { descriptor, bytes }, { condition, signal });
  await response.discard();
  if (response.status === 412) return undefined;
  const said = servedDigest(response, access);
  if (said !== undefined) checkDigest(bytes, said, access, response);
  return { subject: parseDigest(response.headers.get('oci-subject')?.trim() ?? '') };
}

async function send(
  access: RepositoryAccess,
  reference: Tag | Digest,
  { descriptor, bytes }: ManifestContent,
  { condition, signal }: PutManifestOptions,
): Promise<HttpResponse> {
  const conditional = condition === undefined ? [] : [412];
  for (let look = 1; ; look += 1) {
    const response = await access.send({
      method: 'PUT',
      target: manifestTarget(reference),
      headers: { 'content-type': descriptor.mediaType, ...conditionHeaders(condition) },
      body: bodyOf(bytes),
      action: 'push',
      signal,
    });
    try {
      await expectStatus(response, access, manifestSubject(reference, 'push'), 201, 200, ...conditional);
      return response;
    } catch (thrown) {
      if (look === LOOKS || !isSquizzleError(thrown, 'NOT_FOUND') || thrown.details.what !== 'blob') throw thrown;
      await sleep(Math.random() * access.limits.backoffMs * look, signal);
    }
  }
}

function bodyOf(bytes: Uint8Array): HttpBody {
  return { sizeBytes: bytes.byteLength, open: () => [bytes], reopenable: true };
}

function conditionHeaders(condition: PutManifestOptions['condition']): Readonly<Record<string, string>> {
  if (condition === undefined) return {};
  return condition === 'absent' ? { 'if-none-match': '*' } : { 'if-match': condition.entityTag };
}
