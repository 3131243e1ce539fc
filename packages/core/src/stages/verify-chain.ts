/**
 * Proves that an artifact's chain is what was published before: each earlier release, assembled again, has the digest by
 * which its successor names it.
 *
 * Takes time with the square of the chain's length, so it is asked for (`squizzle verify`) and not part of every plan.
 *
 * @module
 */
import { SquizzleError } from '../errors/squizzle-error.ts';
import { linksOf } from '../format/chain-links.ts';
import { assembleImage } from '../format/image-assembly.ts';
import type { PulledArtifact } from '../model/artifact.ts';

/** @throws {SquizzleError} `ARTIFACT_INVALID` naming the release whose digest is not that of its content. */
export function verifyChain(artifact: PulledArtifact): void {
  const links = linksOf(artifact);
  artifact.releases.slice(1).forEach((release, index) => {
    const claimed = release.previous?.digest;
    const actual = assembleImage(links.slice(0, index + 1)).root.descriptor.digest;
    if (claimed === actual) return;
    const before = artifact.releases[index]?.version ?? '';
    const reason = `${release.version} says that ${before} is ${claimed ?? 'nothing'}, but what its chain holds of ${before} is ${actual}`;
    throw new SquizzleError('ARTIFACT_INVALID', `${reason}; do not apply it, and find out who published it`, {
      digest: artifact.root.digest,
      reason,
    });
  });
}
