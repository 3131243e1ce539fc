/**
 * One DELETE of a tag or a manifest, and what came of it.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#content-management
 * @module
 */
import type { CallOptions, SquizzleError } from '@squizzle/core';
import { digestAlgorithm, parseDigest, type Digest, type Tag } from '@squizzle/oci-spec';
import { readWords } from '../error-body.ts';
import { digestMismatch } from '../manifests/check-digest.ts';
import { manifestSubject, manifestTarget, servedDigest } from '../manifests/manifest-request.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { expectStatus, responseErrorOf } from '../response-error.ts';

export type Deletion =
  | { readonly kind: 'deleted' | 'absent' }
  /** The registry does not delete this, or not now: 400 or 405. `codes` are those of its error body. */
  | { readonly kind: 'refused'; readonly codes: readonly string[]; readonly error: SquizzleError };

/** Amazon's and Google's registries answer 200. */
const DELETED = [200, 202, 204];
const REFUSED = new Set([400, 405, 409, 501]);

/**
 * @throws {SquizzleError} `DIGEST_MISMATCH` when the registry says that it deleted something else; as `expectStatus` for
 *   every answer that is no refusal.
 */
export async function requestDeletion(
  access: RepositoryAccess,
  reference: Tag | Digest,
  { signal }: CallOptions = {},
): Promise<Deletion> {
  const response = await access.send({ method: 'DELETE', target: manifestTarget(reference), action: 'delete', signal });
  const subject = manifestSubject(reference, 'delete');
  if (REFUSED.has(response.status)) {
    const words = await readWords(response, access.limits.errorBytes);
    return { kind: 'refused', codes: words.codes, error: responseErrorOf(response, access, subject, words) };
  }
  await expectStatus(response, access, subject, ...DELETED, 404);
  await response.discard();
  if (response.status === 404) return { kind: 'absent' };
  const [asked, said] = [parseDigest(reference), servedDigest(response, access)];
  if (asked !== undefined && said !== undefined && asked !== said && digestAlgorithm(asked) === digestAlgorithm(said)) {
    throw digestMismatch(access, response, { expected: asked, actual: said });
  }
  return { kind: 'deleted' };
}
