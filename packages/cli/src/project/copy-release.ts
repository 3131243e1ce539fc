/**
 * Push and pull are one thing: a release copied from one store to another, then its tags claimed there.
 *
 * @module
 */
import { claimTags, copyContent, pullArtifact, toSelector, versionTag } from '@squizzle/core';
import type { ReleaseStore } from '../adapters.ts';
import { plural, shortDigest } from '../output/words.ts';
import type { Project } from './project.ts';

export interface CopyRequest {
  readonly selector: string;
  readonly from: ReleaseStore;
  readonly to: ReleaseStore;
}

/** @throws {SquizzleError} `ARTIFACT_NOT_FOUND`; `TAG_IMMUTABLE`: the receiver's tags are left as they were. */
export async function copyRelease({ selector, from, to }: CopyRequest, { output, signal }: Project): Promise<void> {
  const { root, manifest } = await pullArtifact(toSelector(selector), from, { signal });
  const { version } = manifest;
  const before = await to.resolve(versionTag(version), { signal });
  const blobs = { copied: 0, present: 0 };
  await copyContent(root, from, to, {
    signal,
    onBlob: ({ digest }, outcome) => {
      blobs[outcome] += 1;
      output.busy(`${version}: ${shortDigest(digest)} ${outcome}`);
    },
  });
  const { tags } = await claimTags(version, root, to, { signal });
  const outcome = before?.digest === root.digest && blobs.copied === 0 ? 'already-there' : 'copied';
  const data = {
    outcome,
    name: manifest.name,
    version,
    digest: root.digest,
    from: from.description,
    to: to.description,
    tags,
    blobs,
  };
  output.result(data, (paint) =>
    outcome === 'already-there'
      ? [`${version} is already there: ${to.description}`, root.digest]
      : [
          `copied ${paint.bold(version)} to ${to.description} (${plural(blobs.copied, 'blob')}, ${blobs.present} there before)`,
          root.digest,
        ],
  );
}
