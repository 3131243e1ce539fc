/**
 * Taking away one name of a manifest, and nothing else.
 *
 * Not every registry can: distribution before version 3 deletes manifests alone, and with one all its tags. There a tag
 * goes with its manifest if it is the only one, and is refused if it is not.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-tags
 * @module
 */
import { SquizzleError, type CallOptions } from '@squizzle/core';
import type { Digest, Tag } from '@squizzle/oci-spec';
import { headManifest } from '../manifests/head-manifest.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { describePlace, faultOf } from '../response-error.ts';
import { createReferrers, type Referrers } from '../referrers/create-referrers.ts';
import { deleteManifest } from './delete-manifest.ts';
import { requestDeletion } from './request-deletion.ts';
import { tagsNaming } from './tags-naming.ts';

export interface UntagOptions extends CallOptions {
  /** Where a manifest goes with its last tag, what lists it goes too. Default: found out anew. */
  readonly referrers?: Referrers | undefined;
}

/**
 * Removes the tag. Removing what is not there succeeds.
 *
 * A tag that somebody sets in the midst, on a registry that cannot delete tags, may go with the manifest.
 *
 * @throws {SquizzleError} `UNSUPPORTED` when the registry deletes nothing, or only together with another tag.
 */
export async function untag(
  access: RepositoryAccess,
  tag: Tag,
  { referrers = createReferrers(access), signal }: UntagOptions = {},
): Promise<void> {
  const asked = access.profile.tagDeletion === 'never' ? undefined : await requestDeletion(access, tag, { signal });
  if (asked?.kind === 'deleted') return;
  // Some say 404 of the request, not of the tag.
  const named = await headManifest(access, tag, { signal });
  if (named === undefined) return;
  const [other] = await tagsNaming(access, named.digest, { except: tag, atMost: 1, signal });
  if (other !== undefined) throw namedTwice(access, tag, { other, digest: named.digest });
  await deleteManifest(access, named.digest, referrers, { signal });
}

function namedTwice(
  access: RepositoryAccess,
  tag: Tag,
  { other, digest }: { readonly other: Tag; readonly digest: Digest },
): SquizzleError<'UNSUPPORTED'> {
  const hint = `delete the manifest with every tag of it (--all-tags), or use a registry that deletes tags alone (distribution 3 or later)`;
  const message = `${describePlace(access)}: cannot delete the tag ${tag} alone: the registry deletes manifests only, and ${digest} has the tag ${other} too; ${hint}`;
  return new SquizzleError('UNSUPPORTED', message, { ...faultOf(access, null, hint), feature: 'delete a tag alone' });
}
