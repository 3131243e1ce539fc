/**
 * Checked names and small contents for tests.
 *
 * @module
 */
import {
  digestOf,
  MEDIA_TYPES,
  parseRepositoryName,
  parseTag,
  type Digest,
  type DigestAlgorithm,
  type RepositoryName,
  type Tag,
} from '@squizzle/oci-spec';
import type { NewManifest, Store } from '../../src/storage/contracts.ts';

export function toRepository(text: string): RepositoryName {
  const name = parseRepositoryName(text);
  if (name === undefined) throw new TypeError(`not a repository's name: ${text}`);
  return name;
}

export function toTag(text: string): Tag {
  const tag = parseTag(text);
  if (tag === undefined) throw new TypeError(`not a tag: ${text}`);
  return tag;
}

export const APP = toRepository('team/app');
export const OTHER = toRepository('other');
export const V1 = toTag('v1');
export const LATEST = toTag('latest');

export function sampleBytes(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 17) % 251);
}

export function sampleManifest(text: string, subject?: Digest, algorithm: DigestAlgorithm = 'sha256'): NewManifest {
  const mediaType = MEDIA_TYPES.ociManifest;
  const bytes = Buffer.from(JSON.stringify({ text, subject }));
  const digest = digestOf(bytes, algorithm);
  if (subject === undefined) return { digest, mediaType, bytes };
  const descriptor = { mediaType, digest, size: bytes.byteLength, artifactType: `application/vnd.${text}` };
  return { digest, mediaType, bytes, referrer: { subject, descriptor } };
}

/** The bytes in chunks of `size`, as they might come from a connection. */
export async function* inChunks(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

export async function pushBlob(
  { uploads }: Store,
  repository: RepositoryName,
  bytes: Uint8Array,
  algorithm: DigestAlgorithm = 'sha256',
  chunkBytes?: number,
): Promise<Digest> {
  const digest = digestOf(bytes, algorithm);
  const { id } = await uploads.create(repository, { algorithm });
  await uploads.append(repository, id, { bytes: inChunks(bytes, chunkBytes) });
  await uploads.complete(repository, id, digest);
  return digest;
}

/** All bytes of a blob, or `undefined` when the repository has none. */
export async function readBlob(
  { blobs }: Store,
  repository: RepositoryName,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  const reader = await blobs.open(repository, digest);
  if (reader === undefined) return undefined;
  try {
    const bytes = new Uint8Array(reader.sizeBytes);
    await reader.read(bytes, 0);
    return bytes;
  } finally {
    await reader.close();
  }
}
