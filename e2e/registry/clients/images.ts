/**
 * Small images made in memory, and image-layout folders of them for the clients to read.
 *
 * The same input gives the same bytes: a test knows each digest before any client has seen the image.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @module
 */
import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tarOf, type Files } from './tar.ts';

export interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface Layer extends Content {
  /** Digest of the layer before compression. */
  readonly diffId: string;
}

export interface Image extends Content {
  readonly config: Content;
  readonly layers: readonly Layer[];
  readonly architecture: string;
}

export interface ImageList extends Content {
  readonly images: readonly Image[];
}

/** Large enough for a client to be caught in the midst of sending it. */
export const STREAM_BYTES = 20_000_000;

const OCI = 'application/vnd.oci.image';
const DOCKER = 'application/vnd.docker.distribution';

/** The `Accept` of a client that knows every kind of manifest. */
export const ACCEPT_MANIFESTS = [
  `${OCI}.manifest.v1+json`,
  `${OCI}.index.v1+json`,
  `${DOCKER}.manifest.v2+json`,
  `${DOCKER}.manifest.list.v2+json`,
].join(', ');

/** Bytes that look random and do not compress; the same for the same seed. */
export function noise(sizeBytes: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function contentOf(mediaType: string, bytes: Buffer): Content {
  return { mediaType, digest: digestOf(bytes), bytes };
}

export function layerOf(files: Files): Layer {
  const tar = tarOf(files);
  return { ...contentOf(`${OCI}.layer.v1.tar+gzip`, gzipSync(tar, { level: 1 })), diffId: digestOf(tar) };
}

export function imageOf(layers: readonly Layer[], architecture = 'amd64'): Image {
  const config = jsonContent(`${OCI}.config.v1+json`, {
    architecture,
    os: 'linux',
    config: { Cmd: ['/bin/busybox'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = jsonContent(`${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  });
  return { ...manifest, config, layers, architecture };
}

export function listOf(images: readonly Image[]): ImageList {
  const index = jsonContent(`${OCI}.index.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: images.map((image) => ({
      ...descriptorOf(image),
      platform: { architecture: image.architecture, os: 'linux' },
    })),
  });
  return { ...index, images };
}

export function descriptorOf({ mediaType, digest, bytes }: Content): object {
  return { mediaType, digest, size: bytes.byteLength };
}

export function jsonContent(mediaType: string, document: object): Content {
  return contentOf(mediaType, Buffer.from(JSON.stringify(document)));
}

/** Config and layers: everything of an image but its manifest. */
export function blobsOf(image: Image): readonly Content[] {
  return [image.config, ...image.layers];
}

/** Writes an image-layout folder in which each image or list has its tag. @returns the folder */
export async function writeLayout(
  folder: string,
  tagged: Readonly<Record<string, Image | ImageList>>,
): Promise<string> {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  const contents = Object.values(tagged).flatMap((each) => {
    const images = 'images' in each ? each.images : [each];
    return [each, ...images, ...images.flatMap(blobsOf)];
  });
  for (const { digest, bytes } of contents) await writeFile(layoutPath(folder, digest), bytes);
  const manifests = Object.entries(tagged).map(([tag, each]) => ({
    ...descriptorOf(each),
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  return folder;
}

export function layoutPath(folder: string, digest: string): string {
  return join(folder, 'blobs', 'sha256', digest.replace('sha256:', ''));
}

/** An archive as `docker load` reads it. */
export function dockerArchiveOf(tagged: Readonly<Record<string, Image>>): Buffer {
  const pathOf = ({ digest }: Content): string => digest.replace('sha256:', '');
  const contents = Object.values(tagged).flatMap(blobsOf);
  const manifest = Object.entries(tagged).map(([tag, { config, layers }]) => ({
    Config: pathOf(config),
    RepoTags: [tag],
    Layers: layers.map(pathOf),
  }));
  const files = Object.fromEntries(contents.map((content) => [pathOf(content), content.bytes]));
  return tarOf({ ...files, 'manifest.json': JSON.stringify(manifest) });
}
