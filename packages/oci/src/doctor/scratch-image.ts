/**
 * The small image that probes push: of random bytes, so that the registry cannot have it already.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  canonicalJsonBytes,
  describeContent,
  EMPTY_JSON,
  MEDIA_TYPES,
  parseTag,
  type Descriptor,
  type Tag,
} from '@squizzle/oci-spec';

export interface ScratchImage {
  readonly tag: Tag;
  readonly blobs: readonly ScratchContent[];
  readonly manifest: ScratchContent;
  /** Another manifest of the same blobs. */
  readonly other: ScratchContent;
  /** For the probe of chunks. */
  readonly chunked: ScratchContent;
}

export interface ScratchContent {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

const LAYER_BYTES = 1_024;

/** @param deletes `never`: the tag is always the same one, so that no more than one is left behind. */
export function createScratchImage(deletes: 'ask' | 'never'): ScratchImage {
  const id = randomBytes(6).toString('hex');
  const tag = parseTag(deletes === 'never' ? 'squizzle-doctor' : `squizzle-doctor-${id}`);
  if (tag === undefined) throw new TypeError('the scratch tag is a tag');
  const config = describe(MEDIA_TYPES.ociEmpty, EMPTY_JSON);
  const layer = describe('application/octet-stream', randomBytes(LAYER_BYTES));
  const manifestOf = (part: string): ScratchContent => {
    const document = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      artifactType: 'application/vnd.squizzle.doctor',
      config: config.descriptor,
      layers: [layer.descriptor],
      annotations: { 'org.opencontainers.image.title': `probe ${id}, part ${part}: may be deleted` },
    };
    return describe(MEDIA_TYPES.ociManifest, canonicalJsonBytes(document));
  };
  const chunked = describe('application/octet-stream', randomBytes(LAYER_BYTES));
  return { tag, blobs: [config, layer], manifest: manifestOf('1'), other: manifestOf('2'), chunked };
}

function describe(mediaType: string, bytes: Uint8Array): ScratchContent {
  return { descriptor: describeContent(mediaType, bytes), bytes };
}
