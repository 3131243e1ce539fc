/**
 * Media types of images, and which of them name a manifest.
 *
 * Compared exactly, without parameters: whoever reads a `Content-Type` strips those first.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md
 * @module
 */
import { LIMITS } from './limits.ts';

export const MEDIA_TYPES = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayerTar: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerTarGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerTarZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerTarGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export type ImageManifestMediaType = typeof MEDIA_TYPES.ociManifest | typeof MEDIA_TYPES.dockerManifest;
export type IndexMediaType = typeof MEDIA_TYPES.ociIndex | typeof MEDIA_TYPES.dockerManifestList;
export type ManifestMediaType = ImageManifestMediaType | IndexMediaType;

const PART = `[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,${LIMITS.mediaTypePartLength - 1}}`;
const PATTERN = new RegExp(`^${PART}/${PART}$`);

/** Whether the text is `type/subtype` by RFC 6838 section 4.2. Parameters (`; charset=…`) are no part of it. */
export function isMediaType(text: string): boolean {
  return PATTERN.test(text);
}

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}";
const WITH_PARAMETERS = new RegExp(`^${PART}/${PART}(?: ?; ?${TOKEN}=${TOKEN}){0,4}$`);

/**
 * Whether the text is `type/subtype`, with few and plain parameters if any: bundles of Sigstore were called
 * `application/vnd.dev.sigstore.bundle+json;version=0.2` for years, and descriptors say so.
 */
export function isParameterizedMediaType(text: string): boolean {
  return WITH_PARAMETERS.test(text);
}

/** A manifest of one image: `config` and `layers`. */
export function isImageManifestMediaType(mediaType: string): mediaType is ImageManifestMediaType {
  return mediaType === MEDIA_TYPES.ociManifest || mediaType === MEDIA_TYPES.dockerManifest;
}

/** A list of manifests: `manifests`. */
export function isIndexMediaType(mediaType: string): mediaType is IndexMediaType {
  return mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerManifestList;
}

/** Either of the two kinds: what a registry serves under `/manifests/`. */
export function isManifestMediaType(mediaType: string): mediaType is ManifestMediaType {
  return isImageManifestMediaType(mediaType) || isIndexMediaType(mediaType);
}
