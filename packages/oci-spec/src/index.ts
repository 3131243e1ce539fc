/**
 * OCI digests, descriptors, references, media types and manifests: pure, no I/O.
 *
 * Parsers of short texts return `undefined` on bad input; parsers of documents throw `ContentError`.
 *
 * @module
 */
export { canonicalJson, canonicalJsonBytes } from './canonical-json.ts';
export type { ContainerConfig } from './container-config.ts';
export {
  CONTENT_ERROR_CODES,
  ContentError,
  isContentError,
  type ContentErrorCode,
  type ContentErrorDetails,
} from './content-error.ts';
export {
  describeContent,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  parseDescriptor,
  sameContent,
  type Annotations,
  type ContentId,
  type Descriptor,
  type DescriptorExtras,
} from './descriptor.ts';
export {
  createDigester,
  digestAlgorithm,
  digestFromHex,
  digestHex,
  digestOf,
  parseDigest,
  type Digest,
  type DigestAlgorithm,
  type Digester,
} from './digest.ts';
export { parseImageConfig, type HistoryEntry, type ImageConfig, type RootFilesystem } from './image-config.ts';
export { parseImageIndex, type ImageIndex } from './image-index.ts';
export { parseImageManifest, type ImageManifest } from './image-manifest.ts';
export { LIMITS } from './limits.ts';
export { artifactTypeOf, contentsOf, parseManifest, type Manifest } from './manifest.ts';
export {
  isImageManifestMediaType,
  isIndexMediaType,
  isManifestMediaType,
  isMediaType,
  MEDIA_TYPES,
  type ImageManifestMediaType,
  type IndexMediaType,
  type ManifestMediaType,
} from './media-type.ts';
export { parseJsonObject, type JsonObject, type ParseJsonOptions } from './parse-json-object.ts';
export type { Platform } from './platform.ts';
export { familiarReference, formatReference, parseReference, withDefaultTag, type Reference } from './reference.ts';
export { DOCKER_HUB, parseRegistryHost, type RegistryHost } from './registry-host.ts';
export { parseRepositoryName, type RepositoryName } from './repository-name.ts';
export { DEFAULT_TAG, parseTag, referrersTag, type Tag } from './tag.ts';
export { isReiterable, isVerifiedAs, verifiedContent } from './verified-content.ts';
export { readVerified, verifyContent, type Bytes } from './verify-content.ts';
