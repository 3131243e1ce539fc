/**
 * One image as an OCI layout in a tar: the same image under the same name is the same bytes.
 *
 * What says what is in it comes first, so that a listing reads little of a large file.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @module
 */
import { packEntries, type FileEntry, type LayerEntry } from '@squizzle/core';
import {
  canonicalJsonBytes,
  digestAlgorithm,
  digestHex,
  MEDIA_TYPES,
  type Annotations,
  type Bytes,
  type Descriptor,
} from '@squizzle/oci-spec';
import { MARKER_TEXT } from '../../layout/layout-marker.ts';
import { fullImageName, type ImageName } from './image-name.ts';

export interface LayoutContent {
  readonly descriptor: Descriptor;
  /** Called once, when its turn has come. */
  open(): Bytes;
}

const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;

/**
 * @param name written into it, so that it is kept when the file is loaded elsewhere.
 * @param contents everything that the root leads to, itself included; what stands twice is written once.
 */
export function layoutTar(
  root: Descriptor,
  name: ImageName | null,
  contents: readonly LayoutContent[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const blobs = new Map(contents.map((content) => [content.descriptor.digest, content]));
  const algorithms = new Set([...blobs.keys()].map((digest) => digestAlgorithm(digest)));
  return packEntries([
    toFile('oci-layout', new TextEncoder().encode(MARKER_TEXT)),
    toFile('index.json', indexOf(root, name)),
    ...['blobs', ...[...algorithms].map((algorithm) => `blobs/${algorithm}`)].map((path) => toFolder(path)),
    ...[...blobs.values()].map((content) => toBlob(content)),
  ]);
}

function indexOf({ mediaType, digest, size }: Descriptor, name: ImageName | null): Uint8Array {
  const manifests = [{ mediaType, digest, size, ...(name === null ? {} : { annotations: annotations(name) }) }];
  return canonicalJsonBytes({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests });
}

/** By which podman and skopeo, and containerd and Docker, know images. */
function annotations(name: ImageName): Annotations {
  return { 'org.opencontainers.image.ref.name': name, 'io.containerd.image.name': fullImageName(name) };
}

function toFolder(path: string): LayerEntry {
  return { type: 'folder', path, mode: FOLDER_MODE };
}

function toFile(path: string, bytes: Uint8Array): FileEntry {
  return { type: 'file', path, mode: FILE_MODE, sizeBytes: bytes.byteLength, open: () => [bytes] };
}

function toBlob({ descriptor: { digest, size }, open }: LayoutContent): FileEntry {
  const path = `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
  return { type: 'file', path, mode: FILE_MODE, sizeBytes: size, open };
}
