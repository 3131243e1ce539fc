/**
 * The version-level view of a store: push and pull a release by its version.
 *
 * Written once, over any content store; see `createArtifactStorage`.
 *
 * @module
 */
import type { ReleaseManifest } from '../model/release-manifest.ts';
import type { Version } from '../model/version.ts';
import type { CallOptions } from './call-options.ts';
import type { ContentStore, DeletableStore, ImmutableTagStore, ReferrerStore } from './content-store.ts';

export interface ArtifactStorage {
  /** The store beneath, for the stages. */
  readonly content: ContentStore & ImmutableTagStore;
  /**
   * Publishes a release: its layer (`.tar.gz`) and its SQUIZZLE manifest. The predecessor it names must be here.
   *
   * @returns where it is, as a reference: `ghcr.io/myorg/migrations:v1.0.0`.
   * @throws {SquizzleError} `TAG_IMMUTABLE`; `ARTIFACT_INVALID` when layer and manifest do not belong together.
   */
  push(version: string, artifact: Uint8Array, manifest: ReleaseManifest, options?: CallOptions): Promise<string>;
  /** The release's layer, verified: its SHA-256 is `manifest.checksum`. Takes every selector. */
  pull(version: string, options?: CallOptions): Promise<StoredRelease>;
  exists(version: string, options?: CallOptions): Promise<boolean>;
  /** Lowest first. */
  list(options?: CallOptions): Promise<readonly Version[]>;
  /**
   * Takes one release away, by its version alone. `v1.2`, `v1` and `latest` go to the highest release that is left.
   *
   * @throws {SquizzleError} `VERSION_INVALID`; `ARTIFACT_NOT_FOUND`; `STORE_UNUSABLE`, `UNSUPPORTED` where the store
   *   cannot delete.
   */
  delete(version: string, options?: CallOptions): Promise<void>;
  getManifest(version: string, options?: CallOptions): Promise<ReleaseManifest>;
}

export interface StoredRelease {
  readonly artifact: Uint8Array;
  readonly manifest: ReleaseManifest;
}

/** What an artifact storage can be made over. Deleting works where the store can. */
export type ArtifactContentStore = ContentStore & ImmutableTagStore & Partial<DeletableStore & ReferrerStore>;
