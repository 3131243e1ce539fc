/**
 * The manifest of one image: a config and layers. OCI and Docker's schema 2, which share their shape.
 *
 * Reading is liberal where the specification lets writers differ (unknown members, media types and artifact
 * types) and strict where a wrong value would be believed. To copy a manifest keep its bytes, not this object.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 * @module
 */
import { readDescriptor, type Annotations, type Descriptor } from './descriptor.ts';
import { member, optional, present, readArtifactType, readNullableList, readStringMap } from './json-field.ts';
import { LIMITS } from './limits.ts';
import { checkManifestHead } from './manifest-head.ts';
import { MEDIA_TYPES, type ImageManifestMediaType } from './media-type.ts';
import { parseJsonField } from './parse-json-object.ts';

export interface ImageManifest {
  readonly schemaVersion: 2;
  /** As read, or as expected where the document does not say. */
  readonly mediaType: ImageManifestMediaType;
  readonly artifactType?: string;
  readonly config: Descriptor;
  /** Base layer first. May be empty. */
  readonly layers: readonly Descriptor[];
  /** The manifest that this one is about: it makes this one a referrer. It need not exist. */
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/**
 * Parses an image manifest that was served or pushed as `mediaType`.
 *
 * @throws {ContentError} `TOO_LARGE` above 4 MiB; `MANIFEST_INVALID` with path, expected and found, also when the
 *   document has both `layers` and `manifests` (CVE-2021-41190: two readers would see two images).
 */
export function parseImageManifest(
  bytes: Uint8Array,
  mediaType: ImageManifestMediaType = MEDIA_TYPES.ociManifest,
): ImageManifest {
  const root = parseJsonField(bytes, { maxBytes: LIMITS.manifestBytes, what: 'image manifest' });
  checkManifestHead(root, mediaType, 'manifests');
  return present({
    schemaVersion: 2 as const,
    mediaType,
    artifactType: readArtifactType(member(root, 'artifactType')),
    config: readDescriptor(member(root, 'config')),
    layers: readNullableList(member(root, 'layers'), readDescriptor, LIMITS.descriptors),
    subject: optional(member(root, 'subject'), readDescriptor),
    annotations: optional(member(root, 'annotations'), readStringMap),
  });
}
