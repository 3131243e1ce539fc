/**
 * What a release is at each stage of its way: built, pulled, verified. One type a stage, so that unverified SQL
 * cannot be planned: only `verifyArtifact` makes a {@link VerifiedArtifact}.
 *
 * @module
 */
import type { Descriptor, Digest, ImageManifest } from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore } from '../contracts/content-store.ts';
import type { ReleaseFiles } from '../format/layer-reader.ts';
import type { ReleaseManifest } from './release-manifest.ts';
import type { Version } from './version.ts';

/** A manifest or config with its address. */
export interface Document {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** An artifact in memory, not yet in any store. Its earlier layers lie where `previous` came from. */
export interface BuiltArtifact {
  readonly manifest: ReleaseManifest;
  readonly root: Document;
  readonly config: Document;
  readonly layer: Document;
  readonly previous: PulledArtifact | null;
}

export interface PublishedArtifact {
  readonly version: Version;
  readonly root: Descriptor;
  readonly tags: readonly string[];
}

/**
 * An artifact in a store. Its manifest and config have been read and match their digests and one another;
 * a layer is verified, byte for byte, whenever it is read.
 */
export interface PulledArtifact {
  readonly root: Descriptor;
  readonly image: ImageManifest;
  /** Digests of the layers before compression. */
  readonly diffIds: readonly Digest[];
  /** The chain, oldest first; never empty. The last is the artifact's own release. */
  readonly releases: readonly ReleaseManifest[];
  readonly manifest: ReleaseManifest;
  readonly store: ContentStore;
  /** The layer of one release as stored, verified against its descriptor. */
  readLayer(version: Version, options?: CallOptions): Promise<Uint8Array>;
  /** The files of one release, each of the checksum that its manifest gives. */
  readFiles(version: Version, options?: CallOptions): Promise<ReleaseFiles>;
}

/** Who signed: the policy's name of each, and who that is. `{ ci: 'https://github.com/acme/db/…' }` */
export type Identity = Readonly<Record<string, string>>;

declare const verifiedBrand: unique symbol;

export interface VerifiedArtifact extends PulledArtifact {
  readonly [verifiedBrand]: true;
  /** `null` where the policy allows unsigned releases, with its reason. */
  readonly signer: Identity | null;
  readonly unsignedReason: string | null;
  /** Of the policy that decided; `null` where it was given in place, without a document. */
  readonly policyDigest: Digest | null;
  /** Which attestations the policy asked for and found, each with its signer: `<predicate type> by <principal>`. */
  readonly attestations: readonly string[];
}

/** The digest of the artifact that a release of the chain was first published as. */
export function artifactDigestOf(artifact: PulledArtifact, version: Version): Digest | undefined {
  const at = artifact.releases.findIndex((release) => release.version === version);
  if (at < 0) return undefined;
  return artifact.releases[at + 1]?.previous?.digest ?? artifact.root.digest;
}
