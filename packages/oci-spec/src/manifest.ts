/**
 * A manifest of either kind, by the media type it came with.
 *
 * The media type decides how the bytes are read, never the other way round: guessing from the content is
 * what made one document two images (CVE-2021-41190).
 *
 * @module
 */
import type { Descriptor } from './descriptor.ts';
import { parseImageIndex, type ImageIndex } from './image-index.ts';
import { parseImageManifest, type ImageManifest } from './image-manifest.ts';
import { refuse } from './json-field.ts';
import { isImageManifestMediaType, isIndexMediaType } from './media-type.ts';

export type Manifest =
  { readonly kind: 'image'; readonly manifest: ImageManifest } | { readonly kind: 'index'; readonly index: ImageIndex };

/**
 * Parses what was served or pushed as `mediaType`, which carries no parameters.
 *
 * @throws {ContentError} as `parseImageManifest` and `parseImageIndex`; `MANIFEST_INVALID` for any other media type.
 */
export function parseManifest(bytes: Uint8Array, mediaType: string): Manifest {
  if (isImageManifestMediaType(mediaType)) return { kind: 'image', manifest: parseImageManifest(bytes, mediaType) };
  if (isIndexMediaType(mediaType)) return { kind: 'index', index: parseImageIndex(bytes, mediaType) };
  return refuse({ document: 'manifest', path: 'media type', value: mediaType }, 'an OCI or Docker manifest or index');
}

/** Every descriptor that must exist for the manifest to be whole: config and layers, or manifests. Not the subject. */
export function contentsOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'image' ? [manifest.manifest.config, ...manifest.manifest.layers] : manifest.index.manifests;
}

/**
 * The artifact type under which a referrers list shows this manifest: its own, else an image's config media type.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export function artifactTypeOf(manifest: Manifest): string | undefined {
  if (manifest.kind === 'index') return manifest.index.artifactType;
  return manifest.manifest.artifactType ?? manifest.manifest.config.mediaType;
}
