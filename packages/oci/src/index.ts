/**
 * Releases and images in any OCI registry, in folders and in archives.
 *
 * @module
 */
export { createOCIStorage, type OCIStorage, type OCIStorageOptions } from './registry/create-oci-storage.ts';
export { createRegistryStore, type RegistryStore, type RegistryStoreOptions } from './registry/registry-store.ts';
export type { RepositoryStore, RepositoryStoreOptions } from './registry/repository-store.ts';
export { createLayoutStore, type LayoutStore, type LayoutStoreOptions } from './layout/layout-store.ts';
export type { LayoutFile, LayoutFs } from './layout/layout-fs.ts';

export { createRegistryConnection } from './connection/create-connection.ts';
export type { RegistryOptions } from './connection/registry-options.ts';
export { TRANSFER_LIMITS, type TransferLimits } from './http/transfer-limits.ts';
export { findProfile } from './registry/profiles.ts';
export type { OnRegistryEvent, RegistryEvent, TransferDirection } from './registry/registry-event.ts';
export type { RegistryProfile } from './registry/registry-profile.ts';
export type { RegistryConnection } from './registry/repository-access.ts';

export {
  createCredentialStore,
  type CredentialStore,
  type CredentialStoreOptions,
  type RemovedCredential,
  type SavedCredential,
} from './credentials/credential-store.ts';
export type { Credential, Variables } from './credentials/credential.ts';

export { createImageBuilder, type ImageBuilder, type ImageBuilderOptions } from './image/image-builder.ts';
export type { BuildImageOptions, BuiltImage } from './image/build-image.ts';
export type { RegistryIdentity } from './auth/identity.ts';
export type { RepositoryRights, Right } from './auth/repository-rights.ts';
export type { AcceptedLogin } from './image/client/authenticate.ts';
export type { PushedImage, TransferOptions } from './image/client/push-image.ts';
export {
  createRegistryClient,
  type ImageSource,
  type RegistryClient,
  type RegistryClientOptions,
} from './image/registry-client.ts';
export type { StoredImage } from './image/storage/stored-image.ts';

export { extractLayer, type ExtractedLayer, type ExtractLayerOptions } from './archive/extract-layer.ts';
export { importArchive, type ImportArchiveOptions, type ImportedArchive } from './archive/import-archive.ts';
export { openLayoutArchive, type LayoutArchive, type OpenArchiveOptions } from './archive/tar-index.ts';
export { exportArchive, type ExportArchiveOptions, type ExportedArchive } from './archive/write-archive.ts';

export { createContentCache, type ContentCache, type ContentCacheOptions } from './cache/content-cache.ts';
export { withCache } from './cache/with-cache.ts';

export { diagnoseRegistry } from './doctor/diagnose-registry.ts';
export type { ProbeOptions } from './doctor/probe-registry.ts';
export type { ProbeName, ProbeResult } from './doctor/probe-result.ts';
