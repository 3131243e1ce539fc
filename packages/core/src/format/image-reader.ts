/**
 * The way back: the chain of releases out of an image's manifest and config, each part checked against the others.
 *
 * @module
 */
import { MEDIA_TYPES, parseImageConfig, parseImageManifest, type Digest, type ImageManifest } from '@squizzle/oci-spec';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { checksumToDigest } from '../model/checksum.ts';
import type { BuiltArtifact } from '../model/artifact.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import { compareVersions } from '../model/version.ts';
import { LABELS } from './image-assembly.ts';
import { FORMAT_LIMITS } from './limits.ts';
import { parseReleaseManifest } from './release-manifest-schema.ts';

export interface ReadImage {
  readonly image: ImageManifest;
  readonly diffIds: readonly Digest[];
  readonly releases: readonly ReleaseManifest[];
  readonly manifest: ReleaseManifest;
}

/** @throws {ContentError} `MANIFEST_INVALID`, `TOO_LARGE`; {SquizzleError} `ARTIFACT_INVALID` when it is an image of something else. */
export function readImageManifest(bytes: Uint8Array, digest: Digest): ImageManifest {
  const image = parseImageManifest(bytes);
  if (image.config.mediaType === MEDIA_TYPES.ociConfig && image.annotations?.[LABELS.version] !== undefined)
    return image;
  throw invalid(digest, `it is an image, but not of a SQUIZZLE release (no annotation ${LABELS.version})`);
}

/** @throws {SquizzleError} `ARTIFACT_INVALID` when parts contradict one another. */
export function readImage(image: ImageManifest, config: Uint8Array, digest: Digest): ReadImage {
  const { rootfs, config: runtime } = parseImageConfig(config);
  const releases = parseHistory(runtime?.Labels?.[LABELS.history], digest);
  const manifest = releases.at(-1);
  if (manifest === undefined) throw invalid(digest, 'its history is empty');
  if (releases.length !== image.layers.length || releases.length !== rootfs.diff_ids.length) {
    throw invalid(
      digest,
      `${releases.length} releases, ${image.layers.length} layers and ${rootfs.diff_ids.length} diff_ids`,
    );
  }
  releases.forEach((release, index) => checkLink(releases, index, image, digest));
  if (image.annotations?.[LABELS.version] !== manifest.version)
    throw invalid(digest, 'its annotation names another version');
  return { image, diffIds: rootfs.diff_ids, releases, manifest };
}

/**
 * What nobody could read must never get a tag that cannot be taken back: every artifact is read once before it is published.
 *
 * @throws {SquizzleError} `ARTIFACT_INVALID`, {ContentError}: as a reader would.
 */
export function refuseUnreadable({ root, config }: Pick<BuiltArtifact, 'root' | 'config'>): void {
  const { digest } = root.descriptor;
  readImage(readImageManifest(root.bytes, digest), config.bytes, digest);
}

function parseHistory(label: string | undefined, digest: Digest): readonly ReleaseManifest[] {
  if (label === undefined) throw invalid(digest, `its config lacks the label ${LABELS.history}`);
  const entries = parseJson(label, digest);
  if (!Array.isArray(entries)) throw invalid(digest, `the label ${LABELS.history} is no list`);
  if (entries.length > FORMAT_LIMITS.releases) throw invalid(digest, `more than ${FORMAT_LIMITS.releases} releases`);
  return entries.map((entry: unknown, index) => parseReleaseManifest(entry, `${digest}, release ${index + 1}`));
}

function parseJson(text: string, digest: Digest): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw invalid(digest, `the label ${LABELS.history} is not JSON`, cause);
  }
}

function checkLink(releases: readonly ReleaseManifest[], index: number, image: ImageManifest, digest: Digest): void {
  const [before, release] = [releases[index - 1], releases[index]];
  if (release === undefined) return;
  const layer = image.layers[index];
  if (layer?.mediaType !== MEDIA_TYPES.ociLayerTarGzip) throw invalid(digest, `layer ${index + 1} is no gzipped tar`);
  if (layer.digest !== checksumToDigest(release.checksum))
    throw invalid(digest, `layer ${index + 1} is not that of ${release.version}`);
  if (release.previous?.version !== before?.version)
    throw invalid(digest, `${release.version} does not follow ${before?.version ?? 'nothing'}`);
  if (before !== undefined && compareVersions(before.version, release.version) >= 0) {
    throw invalid(digest, `${release.version} is not after ${before.version}`);
  }
  if (release.name !== releases[0]?.name) throw invalid(digest, `${release.version} belongs to ${release.name}`);
}

function invalid(digest: Digest, reason: string, cause?: unknown): SquizzleError<'ARTIFACT_INVALID'> {
  const message = `${digest} cannot be used: ${reason}`;
  return new SquizzleError('ARTIFACT_INVALID', message, { digest, reason }, cause === undefined ? {} : { cause });
}
