/**
 * A release taken out of a store, with its tags and signatures.
 *
 * `latest`, `v1` and `v1.2` that pointed at it point at the highest release of their line that is left: the one they
 * followed is gone. Nobody is taken back by it, since `apply` refuses to go below what a database has.
 *
 * @module
 */
import {
  artifactDigestOf,
  claimTags,
  compareVersions,
  deleteSignatureTags,
  movingTagHolds,
  movingTags,
  pullArtifact,
  pullDescriptor,
  SquizzleError,
  toSelector,
  versionAt,
  versionTag,
  type PulledArtifact,
  type Version,
} from '@squizzle/core';
import type { Tag } from '@squizzle/oci-spec';
import type { ReleaseStore } from '../adapters.ts';
import { resolveTags, versionsIn, type TaggedRoots } from './list-releases.ts';

export interface Deletion {
  readonly artifact: PulledArtifact;
  /** All that point at it. */
  readonly tags: readonly Tag[];
  /** Those of them that somebody gave it. */
  readonly ownTags: readonly Tag[];
  /** A release that stays and descends from it. */
  readonly descendant: Version | null;
}

/** What deleting would take away. @throws {SquizzleError} `ARTIFACT_NOT_FOUND` */
export async function planDeletion(selector: string, store: ReleaseStore, signal: AbortSignal): Promise<Deletion> {
  const artifact = await pullArtifact(toSelector(selector), store, { signal });
  const { version } = artifact.manifest;
  const roots = await resolveTags(store, signal);
  const tags = Array.from(roots).flatMap(([tag, { digest }]) => (digest === artifact.root.digest ? [tag] : []));
  const kept = new Set<Tag>([versionTag(version), ...movingTags(version)]);
  const ownTags = tags.filter((tag) => !kept.has(tag));
  return { artifact, tags, ownTags, descendant: await findDescendant(artifact, roots, signal) };
}

async function findDescendant(
  { manifest, root, store }: PulledArtifact,
  roots: TaggedRoots,
  signal: AbortSignal,
): Promise<Version | null> {
  const [highest] = versionsIn(roots);
  if (highest === undefined || compareVersions(highest.version, manifest.version) <= 0) return null;
  const above = await pullDescriptor(highest.root, store, { signal });
  return artifactDigestOf(above, manifest.version) === root.digest ? highest.version : null;
}

/**
 * Deletes what was planned. Deleting it again succeeds.
 *
 * @returns the moving tags, with the release that each points at now.
 * @throws {SquizzleError} `UNSUPPORTED` with what to switch on, where a registry does not delete.
 */
export async function deleteRelease(
  { artifact, tags }: Deletion,
  store: ReleaseStore,
  signal: AbortSignal,
): Promise<Readonly<Record<string, Version | null>>> {
  const { delete: remove, untag } = store;
  if (remove === undefined || untag === undefined) throw cannotDelete(store.description);
  await remove(artifact.root, { signal });
  await deleteSignatureTags(artifact.root, { ...store, delete: remove, untag }, { signal });
  const left = versionsIn(await resolveTags(store, signal));
  const moved: Record<string, Version | null> = {};
  for (const tag of movingTags(artifact.manifest.version).filter((each) => tags.includes(each))) {
    const highest = await findTrue(
      left.filter(({ version }) => movingTagHolds(tag, version)),
      store,
      signal,
    );
    if (highest !== undefined)
      await claimTags(highest.version, highest.root, store, { signal, published: highest.root });
    moved[tag] = highest?.version ?? null;
  }
  return moved;
}

/** The first whose tag names the release that it says: one that was moved must not move the others. */
async function findTrue(
  releases: ReturnType<typeof versionsIn>,
  store: ReleaseStore,
  signal: AbortSignal,
): Promise<(typeof releases)[number] | undefined> {
  for (const release of releases)
    if ((await versionAt(release.root, store, { signal })) === release.version) return release;
  return undefined;
}

function cannotDelete(path: string): SquizzleError<'STORE_UNUSABLE'> {
  return new SquizzleError('STORE_UNUSABLE', `${path} cannot delete releases`, { path, systemCode: null });
}
