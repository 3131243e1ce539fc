/**
 * Which tags name a manifest: registries do not say, so each tag is asked.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { Digest, Tag } from '@squizzle/oci-spec';
import { listTags } from '../lists/tags.ts';
import { headManifest } from '../manifests/head-manifest.ts';
import type { RepositoryAccess } from '../repository-access.ts';

export interface TagsNamingOptions extends CallOptions {
  /** A tag that need not be asked. */
  readonly except?: Tag | undefined;
  /** Looking ends when so many are found; default: never. */
  readonly atMost?: number | undefined;
}

export async function tagsNaming(
  access: RepositoryAccess,
  digest: Digest,
  { except, atMost = Infinity, signal }: TagsNamingOptions = {},
): Promise<readonly Tag[]> {
  const waiting = (await listTags(access, { signal })).filter((tag) => tag !== except);
  const found: Tag[] = [];
  const work = async (): Promise<void> => {
    for (let tag = waiting.pop(); tag !== undefined && found.length < atMost; tag = waiting.pop()) {
      if ((await headManifest(access, tag, { signal }))?.digest === digest) found.push(tag);
    }
  };
  await Promise.all(Array.from({ length: access.limits.concurrency }, work));
  return found.sort();
}
