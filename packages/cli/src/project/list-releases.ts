/**
 * The releases of a store, with the tags that point at them.
 *
 * @module
 */
import {
  artifactDigestOf,
  compareVersions,
  isDigestTag,
  pullDescriptor,
  versionOfTag,
  versionTag,
  type PulledArtifact,
  type Version,
} from '@squizzle/core';
import type { Descriptor, Tag } from '@squizzle/oci-spec';
import type { ReleaseStore } from '../adapters.ts';

export interface ListedRelease {
  readonly version: Version;
  readonly digest: string;
  readonly created: string;
  readonly revision: string | null;
  readonly steps: number;
  /** Tags that name no version: `latest`, `v1`, `stable`. */
  readonly tags: readonly string[];
}

/** Lowest first. Releases that the one above descends from are described by its own documents: few are read. */
export async function listReleases(store: ReleaseStore, signal: AbortSignal): Promise<readonly ListedRelease[]> {
  const roots = await resolveTags(store, signal);
  const listed: ListedRelease[] = [];
  let above: PulledArtifact | null = null;
  for (const { version, root } of versionsIn(roots)) {
    if (above === null || artifactDigestOf(above, version) !== root.digest)
      above = await pullDescriptor(root, store, { signal });
    const manifest = above.releases.find((release) => release.version === version) ?? above.manifest;
    const { created, revision, steps } = manifest;
    const { digest } = root;
    listed.push({ version, digest, created, revision, steps: steps.length, tags: otherTagsOf(digest, roots) });
  }
  return listed.toReversed();
}

export type TaggedRoots = ReadonlyMap<Tag, Descriptor>;

/** Enough for a registry far away, few enough for one that counts requests. */
const CONCURRENCY = 8;

export async function resolveTags(store: ReleaseStore, signal: AbortSignal): Promise<TaggedRoots> {
  const waiting: Tag[] = [];
  for await (const tag of store.tags({ signal })) if (!isDigestTag(tag)) waiting.push(tag);
  const found = new Map<Tag, Descriptor>();
  const order = [...waiting];
  const work = async (): Promise<void> => {
    for (let tag = waiting.shift(); tag !== undefined; tag = waiting.shift()) {
      const root = await store.resolve(tag, { signal });
      if (root !== undefined) found.set(tag, root);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return new Map(order.flatMap((tag) => (found.has(tag) ? [[tag, found.get(tag) as Descriptor]] : [])));
}

/** Highest first. */
export function versionsIn(roots: TaggedRoots): readonly { readonly version: Version; readonly root: Descriptor }[] {
  return Array.from(roots)
    .flatMap(([tag, root]) => {
      const version = versionOfTag(tag);
      return version !== undefined && versionTag(version) === tag ? [{ version, root }] : [];
    })
    .sort((a, b) => compareVersions(b.version, a.version) || (a.version < b.version ? 1 : -1));
}

function otherTagsOf(digest: string, roots: TaggedRoots): readonly string[] {
  return Array.from(roots).flatMap(([tag, root]) =>
    root.digest === digest && versionOfTag(tag) === undefined ? [tag] : [],
  );
}
