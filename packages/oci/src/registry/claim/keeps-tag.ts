/**
 * Whether a registry keeps a tag that is set: asked by setting it again to what it names, which changes nothing.
 *
 * A refusal alone is no proof, since rights, quotas and gateways refuse too: it has to be the condition that does not
 * hold, or a code that says of the tag that it stays. Words never count. Where it is not proven, claimants wait.
 *
 * @module
 */
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import type { Tag } from '@squizzle/oci-spec';
import type { HttpResponse } from '../../http/http.ts';
import { readWords } from '../error-body.ts';
import { manifestTarget } from '../manifests/manifest-request.ts';
import type { ManifestContent } from '../manifests/put-manifest.ts';
import type { RepositoryAccess } from '../repository-access.ts';

/** Harbor's for a tag that a rule makes immutable, also with the status of a condition that does not hold. */
const HARBOR_IMMUTABLE = 'PRECONDITION';

/** Codes that say that a tag cannot be set over. The tag was taken a moment ago, so it cannot be its spelling. */
const IMMUTABLE = new Set([
  'TAG_INVALID', // Amazon's
  'IMAGETAGALREADYEXISTSEXCEPTION',
  'TAG_IMMUTABLE',
  'TAG_ALREADY_EXISTS',
  HARBOR_IMMUTABLE,
]);

/** Answers that a registry gives which lets nobody move the tag. */
const REFUSALS = new Set([400, 403, 409, 412]);

/**
 * Whether the tag stays. What is learned about conditions is remembered; that a tag is immutable is true of this one:
 * rules name tags by patterns.
 */
export async function keepsTag(
  access: RepositoryAccess,
  tag: Tag,
  content: ManifestContent,
  { signal }: CallOptions,
): Promise<boolean> {
  const response = await setAgain(access, tag, content, signal);
  if (response === undefined) return false;
  const { codes } = await readWords(response, access.limits.errorBytes);
  const { status } = response;
  if (status === 412 && !codes.includes(HARBOR_IMMUTABLE)) access.memory.conditions = 'heeded';
  else if (status === 200 || status === 201) access.memory.conditions = 'ignored';
  return access.memory.conditions === 'heeded' || (REFUSALS.has(status) && codes.some((code) => IMMUTABLE.has(code)));
}

/** Not retried: it must not arrive long after others have looked. */
async function setAgain(
  access: RepositoryAccess,
  tag: Tag,
  { descriptor, bytes }: ManifestContent,
  signal: AbortSignal | undefined,
): Promise<HttpResponse | undefined> {
  try {
    return await access.send({
      method: 'PUT',
      target: manifestTarget(tag),
      headers: { 'content-type': descriptor.mediaType, 'if-none-match': '*' },
      body: { sizeBytes: bytes.byteLength, open: () => [bytes], reopenable: true },
      action: 'push',
      retry: 'never',
      signal,
    });
  } catch (thrown) {
    signal?.throwIfAborted();
    if (!isSquizzleError(thrown)) throw thrown;
    return undefined;
  }
}
