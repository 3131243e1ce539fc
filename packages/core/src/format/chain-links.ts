/**
 * The chain of an artifact as it is assembled again under its next release.
 *
 * @module
 */
import type { PulledArtifact } from '../model/artifact.ts';
import type { ChainLink } from './image-assembly.ts';

/** The chain of an artifact with where each release's files are; empty for `null`. */
export function linksOf(artifact: PulledArtifact | null): readonly ChainLink[] {
  if (artifact === null) return [];
  return artifact.releases.map((manifest, index) => {
    const [layer, diffId] = [artifact.image.layers[index], artifact.diffIds[index]];
    if (layer === undefined || diffId === undefined) throw new RangeError(`release ${manifest.version} has no layer`);
    return { manifest, layer, diffId };
  });
}
