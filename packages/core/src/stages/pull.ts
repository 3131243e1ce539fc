/**
 * Stage 4: an artifact out of a store, its documents read under limits and checked against one another.
 *
 * @module
 */
import { LIMITS, readVerified, type Descriptor } from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore } from '../contracts/content-store.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { readImage, readImageManifest, type ReadImage } from '../format/image-reader.ts';
import { readLayer } from '../format/layer-reader.ts';
import { FORMAT_LIMITS } from '../format/limits.ts';
import type { PulledArtifact } from '../model/artifact.ts';
import type { Selector } from '../model/selector.ts';
import type { Version } from '../model/version.ts';
import { refuseOtherRelease } from '../storage/asked-release.ts';
import { resolveSelector } from '../storage/resolve-selector.ts';

export interface PullOptions extends CallOptions {
  /** A release that was read before, perhaps from another store: where it is the one, nothing is read again. */
  readonly known?: PulledArtifact | undefined;
}

/**
 * Resolves the selector once, reads manifest and config, and compares the release with what was asked for. Layers are
 * read when asked for, each verified against its descriptor, its diff_id and the checksums of its files before any byte
 * is given out.
 *
 * @throws {SquizzleError} `ARTIFACT_NOT_FOUND`, `ARTIFACT_INVALID`, `CONTENT_NOT_FOUND`; `TAG_MOVED` when the tag of the
 *   version, line or commit that was asked for names another release;
 *   {ContentError} when bytes do not match their digest.
 */
export async function pullArtifact(
  selector: Selector,
  store: ContentStore,
  { known, ...options }: PullOptions = {},
): Promise<PulledArtifact> {
  const { root, asked } = await resolveSelector(selector, store, options);
  const artifact = known?.root.digest === root.digest ? known : await pullDescriptor(root, store, options);
  const { version, revision } = artifact.manifest;
  refuseOtherRelease(asked, { root, version, revision }, store.description);
  return artifact;
}

/** As {@link pullArtifact}, for an artifact whose descriptor is known. */
export async function pullDescriptor(
  root: Descriptor,
  store: ContentStore,
  options: CallOptions = {},
): Promise<PulledArtifact> {
  const image = readImageManifest(
    await readVerified(store.fetch(root, options), root, LIMITS.manifestBytes),
    root.digest,
  );
  const config = await readVerified(store.fetch(image.config, options), image.config, LIMITS.configBytes);
  const read = readImage(image, config, root.digest);
  const readLayerBytes = async (version: Version, call: CallOptions = {}): Promise<Uint8Array> => {
    const layer = read.image.layers[indexOf(read, version)] as Descriptor;
    return readVerified(store.fetch(layer, call), layer, FORMAT_LIMITS.layerBytes);
  };
  return {
    root,
    ...read,
    store,
    readLayer: readLayerBytes,
    readFiles: async (version, call) => {
      const index = indexOf(read, version);
      const [release, diffId] = [read.releases[index], read.diffIds[index]];
      if (release === undefined || diffId === undefined) throw unknownRelease(version);
      return readLayer(await readLayerBytes(version, call), release, diffId);
    },
  };
}

function indexOf(read: ReadImage, version: Version): number {
  const index = read.releases.findIndex((release) => release.version === version);
  if (index < 0) throw unknownRelease(version);
  return index;
}

function unknownRelease(version: Version): SquizzleError<'ARTIFACT_NOT_FOUND'> {
  return new SquizzleError('ARTIFACT_NOT_FOUND', `the artifact holds no release ${version}`, { selector: version });
}
