/**
 * Releases in a registry, by version: the storage of the documentation.
 *
 * @module
 */
import { createArtifactStorage, versionTag, type ArtifactStorage, type Version } from '@squizzle/core';
import { formatReference } from '@squizzle/oci-spec';
import { createRegistryStore, type RegistryStoreOptions } from './registry-store.ts';

export interface OCIStorageOptions extends Omit<RegistryStoreOptions, 'repository'> {
  /** Default `squizzle-artifacts`. */
  readonly repository?: string | undefined;
}

/** It has to be closed where the process is to end by itself. */
export interface OCIStorage extends ArtifactStorage {
  /** Ends idle connections, so that the process can end. Calls that run go on. */
  close(): Promise<void>;
}

const DEFAULT_REPOSITORY = 'squizzle-artifacts';

/**
 * An artifact storage over a repository. Where releases are is written as `ghcr.io/myorg/migrations:v1.0.0`.
 *
 * @throws {SquizzleError} `USAGE_INVALID` for a registry or repository that is none.
 */
export function createOCIStorage({ repository = DEFAULT_REPOSITORY, ...options }: OCIStorageOptions): OCIStorage {
  const store = createRegistryStore({ ...options, repository });
  const place = { registry: store.connection.host, repository: store.repository };
  const urlOf = (version: Version): string => formatReference({ ...place, tag: versionTag(version) });
  return { ...createArtifactStorage(store, { urlOf }), close: () => store.close() };
}
