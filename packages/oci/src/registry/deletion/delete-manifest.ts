/**
 * Taking a manifest away, with all its tags and what lists it. Its blobs are left to the registry's garbage collection:
 * another repository, or a push that is on its way, may need them.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 * @module
 */
import { isSquizzleError, type CallOptions } from '@squizzle/core';
import { isContentError, referrersTag, type Digest, type Tag } from '@squizzle/oci-spec';
import { getManifest, type PulledManifest } from '../manifests/get-manifest.ts';
import type { Referrers } from '../referrers/create-referrers.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { deletionUnsupported } from './deletion-unsupported.ts';
import { requestDeletion } from './request-deletion.ts';
import { tagsNaming } from './tags-naming.ts';

/**
 * Deletes the manifest. Deleting what is not there succeeds.
 *
 * @throws {SquizzleError} `UNSUPPORTED` when the registry does not delete, with what to switch on.
 */
export async function deleteManifest(
  access: RepositoryAccess,
  digest: Digest,
  referrers: Referrers,
  options: CallOptions = {},
): Promise<void> {
  const clientKept = await referrers.isClientKept(digest, options);
  const before = clientKept ? await readable(access, digest, options) : undefined;
  await deleteWithTags(access, digest, options);
  if (!clientKept) return;
  if (before !== undefined) await referrers.detach(before.descriptor, before.manifest, options);
  await removeReferrersTag(access, digest, options);
}

/** What cannot be read lists nobody and can be deleted all the same. */
async function readable(
  access: RepositoryAccess,
  reference: Tag | Digest,
  { signal }: CallOptions,
): Promise<PulledManifest | undefined> {
  try {
    return await getManifest(access, reference, { signal });
  } catch (thrown) {
    if (isContentError(thrown) || isSquizzleError(thrown, 'RESPONSE_INVALID')) return undefined;
    throw thrown;
  }
}

/** Google's registries delete nothing that still has a tag. */
async function deleteWithTags(access: RepositoryAccess, digest: Digest, { signal }: CallOptions): Promise<void> {
  const first = await requestDeletion(access, digest, { signal });
  if (first.kind !== 'refused') return;
  if (!first.codes.includes('GOOGLE_MANIFEST_DANGLING_TAG')) throw deletionUnsupported(access, first.error);
  for (const tag of await tagsNaming(access, digest, { signal })) await requestDeletion(access, tag, { signal });
  const second = await requestDeletion(access, digest, { signal });
  if (second.kind === 'refused') throw deletionUnsupported(access, second.error);
}

/**
 * The list of a manifest that is gone. Only an index is one. Where a tag cannot be deleted alone the index goes, unless
 * another tag names it; a registry that deletes neither keeps it.
 */
async function removeReferrersTag(access: RepositoryAccess, digest: Digest, options: CallOptions): Promise<void> {
  const tag = referrersTag(digest);
  const listed = await readable(access, tag, options);
  if (listed?.manifest.kind !== 'index') return;
  if ((await requestDeletion(access, tag, options)).kind === 'deleted') return;
  const index = listed.descriptor.digest;
  const [other] = await tagsNaming(access, index, { ...options, except: tag, atMost: 1 });
  if (other === undefined) await requestDeletion(access, index, options);
}
