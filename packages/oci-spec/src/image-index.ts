/**
 * The image index: a list of manifests. Docker calls its own a manifest list; they share their shape.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 * @module
 */
import { readDescriptor, type Annotations, type Descriptor } from './descriptor.ts';
import { member, optional, present, readArtifactType, readNullableList, readStringMap } from './json-field.ts';
import { LIMITS } from './limits.ts';
import { checkManifestHead } from './manifest-head.ts';
import { MEDIA_TYPES, type IndexMediaType } from './media-type.ts';
import { parseJsonField } from './parse-json-object.ts';

export interface ImageIndex {
  readonly schemaVersion: 2;
  /** As read, or as expected where the document does not say. */
  readonly mediaType: IndexMediaType;
  readonly artifactType?: string;
  /** In order of preference. Entries may be of kinds unknown here; an index may hold an index. */
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/**
 * Parses an image index that was served or pushed as `mediaType`; also the answer of the referrers API.
 *
 * @throws {ContentError} `TOO_LARGE` above 4 MiB; `MANIFEST_INVALID` with path, expected and found, also when the
 *   document has both `manifests` and `layers` (CVE-2021-41190).
 */
export function parseImageIndex(bytes: Uint8Array, mediaType: IndexMediaType = MEDIA_TYPES.ociIndex): ImageIndex {
  const root = parseJsonField(bytes, { maxBytes: LIMITS.manifestBytes, what: 'image index' });
  checkManifestHead(root, mediaType, 'layers');
  return present({
    schemaVersion: 2 as const,
    mediaType,
    artifactType: readArtifactType(member(root, 'artifactType')),
    manifests: readNullableList(member(root, 'manifests'), readDescriptor, LIMITS.descriptors),
    subject: optional(member(root, 'subject'), readDescriptor),
    annotations: optional(member(root, 'annotations'), readStringMap),
  });
}
