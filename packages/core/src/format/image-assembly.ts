/**
 * A release and its predecessors as an OCI image: config and manifest, written canonically.
 *
 * Every registry takes it, skopeo and docker handle it, Kubernetes mounts it: no media type of our own.
 *
 * @see docs/format.md
 * @module
 */
import {
  canonicalJson,
  canonicalJsonBytes,
  describeContent,
  LIMITS,
  MEDIA_TYPES,
  type Annotations,
  type Descriptor,
  type Digest,
} from '@squizzle/oci-spec';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { Document } from '../model/artifact.ts';
import type { ReleaseManifest } from '../model/release-manifest.ts';

export const LABELS = {
  version: 'dev.squizzle.version',
  checksum: 'dev.squizzle.checksum',
  history: 'dev.squizzle.history',
  previous: 'dev.squizzle.previous',
} as const;

/** One release of the chain with where its files are. */
export interface ChainLink {
  readonly manifest: ReleaseManifest;
  readonly layer: Descriptor;
  readonly diffId: Digest;
}

/**
 * @param chain oldest first, the new release last.
 * @throws {SquizzleError} `ARTIFACT_TOO_LARGE` when the documents pass what registries must accept.
 */
export function assembleImage(chain: readonly ChainLink[]): { readonly root: Document; readonly config: Document } {
  const config = document(MEDIA_TYPES.ociConfig, imageConfig(chain), 'image config', LIMITS.configBytes);
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: config.descriptor,
    layers: chain.map(({ layer: { mediaType, digest, size } }) => ({ mediaType, digest, size })),
    annotations: annotations(lastOf(chain).manifest),
  };
  return { config, root: document(MEDIA_TYPES.ociManifest, manifest, 'image manifest', LIMITS.manifestBytes) };
}

function imageConfig(chain: readonly ChainLink[]): object {
  const { version, checksum, created, author } = lastOf(chain).manifest;
  return {
    created,
    ...(author === null ? {} : { author }),
    // Files have no platform; this is the one that every runtime takes without asking.
    architecture: 'amd64',
    os: 'linux',
    config: {
      Labels: {
        [LABELS.version]: version,
        [LABELS.checksum]: checksum,
        [LABELS.history]: canonicalJson(chain.map((link) => link.manifest)),
      },
    },
    rootfs: { type: 'layers', diff_ids: chain.map((link) => link.diffId) },
    history: chain.map(({ manifest }) => ({
      created: manifest.created,
      created_by: `squizzle build ${manifest.version}`,
    })),
  };
}

function annotations(manifest: ReleaseManifest): Annotations {
  const optional = {
    'org.opencontainers.image.revision': manifest.revision,
    'org.opencontainers.image.source': manifest.source,
    'org.opencontainers.image.description': manifest.notes === '' ? null : manifest.notes,
    'org.opencontainers.image.authors': manifest.author,
    [LABELS.previous]: manifest.previous?.digest ?? null,
  };
  const given = Object.entries(optional).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  return {
    'org.opencontainers.image.title': manifest.name,
    'org.opencontainers.image.version': manifest.version,
    'org.opencontainers.image.created': manifest.created,
    [LABELS.version]: manifest.version,
    [LABELS.checksum]: manifest.checksum,
    ...Object.fromEntries(given),
  };
}

function document(mediaType: string, value: unknown, what: string, limit: number): Document {
  const bytes = canonicalJsonBytes(value);
  if (bytes.byteLength > limit) {
    const message = `the ${what} has ${bytes.byteLength} bytes, registries take ${limit}; start a new chain from a baseline`;
    throw new SquizzleError('ARTIFACT_TOO_LARGE', message, { what, limit, actual: bytes.byteLength });
  }
  return { descriptor: describeContent(mediaType, bytes), bytes };
}

function lastOf(chain: readonly ChainLink[]): ChainLink {
  const last = chain.at(-1);
  if (last === undefined) throw new RangeError('a chain has at least one release');
  return last;
}
