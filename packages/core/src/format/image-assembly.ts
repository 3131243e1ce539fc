/**
 * A release and its predecessors as an OCI image: one layer a release, their manifests in a label.
 *
 * @see docs/format.md
 * @module
 */
import { canonicalJson, type Annotations, type Descriptor, type Digest } from '@squizzle/oci-spec';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import { assembleImageDocuments, type ImageDocuments } from './image-documents.ts';

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
export function assembleImage(chain: readonly ChainLink[]): ImageDocuments {
  const { manifest } = lastOf(chain);
  return assembleImageDocuments({
    created: manifest.created,
    author: manifest.author,
    runtime: { Labels: labels(chain) },
    layers: chain.map(({ layer, diffId }) => ({ descriptor: layer, diffId })),
    history: chain.map(({ manifest: { created, version } }) => ({ created, created_by: `squizzle build ${version}` })),
    annotations: annotations(manifest),
    advice: 'start a new chain from a baseline',
  });
}

function labels(chain: readonly ChainLink[]): Annotations {
  const { version, checksum } = lastOf(chain).manifest;
  return {
    [LABELS.version]: version,
    [LABELS.checksum]: checksum,
    [LABELS.history]: canonicalJson(chain.map((link) => link.manifest)),
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

function lastOf(chain: readonly ChainLink[]): ChainLink {
  const last = chain.at(-1);
  if (last === undefined) throw new RangeError('a chain has at least one release');
  return last;
}
