/**
 * Bytes to push: blobs, descriptors of them, and manifests, each call with new content, so that no row can find what
 * another one left behind.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';

export const ALGORITHMS = ['sha256', 'sha512'] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

export const MEDIA_TYPES = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  foreignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly data?: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Readonly<Record<string, string>>;
}

export interface Blob {
  readonly bytes: Buffer;
  readonly digest: string;
}

/** A document with the bytes it is pushed as. */
export interface Manifest extends Blob {
  readonly mediaType: string;
}

export interface ImageFields {
  readonly config: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface IndexFields {
  readonly manifests: readonly Descriptor[];
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function blobOf(content: Uint8Array | string, algorithm: Algorithm = 'sha256'): Blob {
  const bytes = Buffer.from(content);
  return { bytes, digest: digestOf(bytes, algorithm) };
}

export function newBlob(sizeBytes = 512, algorithm: Algorithm = 'sha256'): Blob {
  return blobOf(randomBytes(sizeBytes), algorithm);
}

/** A digest that nothing has. */
export function unknownDigest(algorithm: Algorithm = 'sha256'): string {
  return newBlob(32, algorithm).digest;
}

export function describeBlob({ bytes, digest }: Blob, mediaType: string): Descriptor {
  return { mediaType, digest, size: bytes.byteLength };
}

/** How an index or a subject names the manifest. */
export function describeManifest(manifest: Manifest): Descriptor {
  return { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.byteLength };
}

/** Unique by an annotation of its own, next to whatever `fields` has. */
export function imageOf(fields: ImageFields, algorithm: Algorithm = 'sha256'): Manifest {
  const { mediaType = MEDIA_TYPES.image, layers = [], annotations = unique(), ...rest } = fields;
  return manifestOf({ schemaVersion: 2, mediaType, layers, annotations, ...rest }, mediaType, algorithm);
}

export function indexOf(fields: IndexFields, algorithm: Algorithm = 'sha256'): Manifest {
  const { mediaType = MEDIA_TYPES.index, annotations = unique(), ...rest } = fields;
  return manifestOf({ schemaVersion: 2, mediaType, annotations, ...rest }, mediaType, algorithm);
}

/** Text goes out as it is; anything else as compact JSON. */
export function manifestOf(document: unknown, mediaType: string, algorithm: Algorithm = 'sha256'): Manifest {
  return { ...blobOf(typeof document === 'string' ? document : JSON.stringify(document), algorithm), mediaType };
}

export function unique(): Record<string, string> {
  return { 'org.example.unique': randomBytes(8).toString('hex') };
}
