/**
 * The schemas of two releases, on one scratch database where one of them descends from the other.
 *
 * @module
 */
import { artifactDigestOf, type SchemaSnapshot, type VerifiedArtifact } from '@squizzle/core';
import type { Project } from './project.ts';
import { rehearse } from './rehearse.ts';
import type { Scratch } from './scratch.ts';

type Pair<T> = readonly [T, T];

export async function rehearseTwo(
  [first, second]: Pair<VerifiedArtifact>,
  scratch: Scratch,
  project: Project,
): Promise<Pair<SchemaSnapshot>> {
  const holder = holds(second, first) ? second : holds(first, second) ? first : null;
  const { name: environment } = project.target();
  if (holder === null) {
    return [await schemaOf(first, scratch, project), await schemaOf(second, scratch, project)];
  }
  const [a, b] = [first.manifest.version, second.manifest.version];
  const snapshots = await rehearse({ artifact: holder, versions: [a, b], environment }, scratch, project);
  return [snapshots.get(a), snapshots.get(b)] as Pair<SchemaSnapshot>;
}

/** The very release, by its digest: another of the same version is another release. */
function holds(artifact: VerifiedArtifact, earlier: VerifiedArtifact): boolean {
  return artifactDigestOf(artifact, earlier.manifest.version) === earlier.root.digest;
}

async function schemaOf(artifact: VerifiedArtifact, scratch: Scratch, project: Project): Promise<SchemaSnapshot> {
  const { version } = artifact.manifest;
  const rehearsal = { artifact, versions: [version], environment: project.target().name };
  return (await rehearse(rehearsal, scratch, project)).get(version) as SchemaSnapshot;
}
