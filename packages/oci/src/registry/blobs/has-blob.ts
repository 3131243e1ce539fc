/**
 * Whether a repository holds a blob: one HEAD request.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { ContentId } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { expectStatus } from '../response-error.ts';
import { blobTarget, pullSubject } from './blob-subject.ts';
import { checkContentDigest } from './content-digest.ts';

export interface HasBlobOptions extends CallOptions {
  /** The right to ask for: `push` where a push follows, so that one token does for both. Default `pull`. */
  readonly action?: 'pull' | 'push';
}

/**
 * A blob of another size than expected is as good as missing: pushing shows what is wrong with it, or mends it.
 *
 * @throws {SquizzleError} `DIGEST_MISMATCH`; as `expectStatus`.
 */
export async function hasBlob(
  access: RepositoryAccess,
  descriptor: ContentId,
  { signal, action = 'pull' }: HasBlobOptions = {},
): Promise<boolean> {
  const target = blobTarget(descriptor.digest);
  const headers = { 'accept-encoding': 'identity' };
  const response = await access.send({ method: 'HEAD', target, headers, action, signal });
  await expectStatus(response, access, { ...pullSubject(descriptor), doing: 'look for the blob', action }, 200, 404);
  await response.discard();
  if (response.status === 404) return false;
  checkContentDigest(response, access, descriptor);
  return mayHaveSize(response, descriptor);
}

/** What the registry does not say, or says of an encoded form, is not held against it. */
function mayHaveSize({ headers }: HttpResponse, { size }: ContentId): boolean {
  const length = headers.get('content-length');
  const encoding = headers.get('content-encoding') ?? 'identity';
  return length === undefined || encoding !== 'identity' || Number(length) === size;
}
