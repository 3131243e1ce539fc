/**
 * Config and manifest of an image, written canonically: the same image is the same bytes.
 *
 * Every registry takes it, skopeo and docker handle it, Kubernetes mounts it: no media type of our own.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 * @module
 */
import {
  canonicalJsonBytes,
  describeContent,
  LIMITS,
  MEDIA_TYPES,
  type Annotations,
  type ContainerConfig,
  type HistoryEntry,
} from '@squizzle/oci-spec';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { Document } from '../model/artifact.ts';
import type { LayerSummary } from './stream-layer.ts';

export interface ImageParts {
  /** RFC 3339. */
  readonly created: string;
  readonly author: string | null;
  /** How a container of it would run, and the labels. */
  readonly runtime: ContainerConfig;
  /** Base first. */
  readonly layers: readonly LayerSummary[];
  /** Oldest first: one entry a layer. */
  readonly history: readonly HistoryEntry[];
  readonly annotations: Annotations;
  /** What to do when the documents pass what registries take. */
  readonly advice: string;
}

export interface ImageDocuments {
  readonly root: Document;
  readonly config: Document;
}

/** @throws {SquizzleError} `ARTIFACT_TOO_LARGE` when a document passes what registries must accept. */
export function assembleImageDocuments(parts: ImageParts): ImageDocuments {
  const { annotations, advice } = parts;
  const config = document(MEDIA_TYPES.ociConfig, imageConfig(parts), {
    what: 'image config',
    limit: LIMITS.configBytes,
    advice,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: config.descriptor,
    layers: parts.layers.map(({ descriptor: { mediaType, digest, size } }) => ({ mediaType, digest, size })),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const limits = { what: 'image manifest', limit: LIMITS.manifestBytes, advice };
  return { config, root: document(MEDIA_TYPES.ociManifest, manifest, limits) };
}

function imageConfig({ created, author, runtime, layers, history }: ImageParts): object {
  return {
    created,
    ...(author === null ? {} : { author }),
    // Files have no platform; this is the one that every runtime takes without asking.
    architecture: 'amd64',
    os: 'linux',
    config: runtime,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history,
  };
}

interface DocumentLimit {
  readonly what: string;
  readonly limit: number;
  readonly advice: string;
}

function document(mediaType: string, value: unknown, { what, limit, advice }: DocumentLimit): Document {
  const bytes = canonicalJsonBytes(value);
  if (bytes.byteLength > limit) {
    const message = `the ${what} has ${bytes.byteLength} bytes, registries take ${limit}; ${advice}`;
    throw new SquizzleError('ARTIFACT_TOO_LARGE', message, { what, limit, actual: bytes.byteLength });
  }
  return { descriptor: describeContent(mediaType, bytes), bytes };
}
