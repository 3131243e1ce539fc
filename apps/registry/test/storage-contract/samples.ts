/**
 * Names and content for the contract suite, and how its cases put them in and look at them.
 *
 * @module
 */
import {
  digestAlgorithm,
  digestOf,
  MEDIA_TYPES,
  parseRepositoryName,
  parseTag,
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  type RepositoryName,
  type Tag,
} from '@squizzle/oci-spec';
import type { BlobReader, Chunk, NewManifest, Store, StoredManifest } from '../../src/storage/contracts.ts';

export function toRepository(text: string): RepositoryName {
  return parseRepositoryName(text) ?? notA('repository name', text);
}

export function toTag(text: string): Tag {
  return parseTag(text) ?? notA('tag', text);
}

export const toTags = (...texts: readonly string[]): Tag[] => texts.map((text) => toTag(text));

function notA(what: string, text: string): never {
  throw new RangeError(`the suite took ${JSON.stringify(text)} for a ${what}`);
}

export interface SampleBlob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** Bytes without a pattern that a driver could get right by accident, the same each time. */
export function sampleBlob(sizeBytes: number, seed = 1, algorithm: DigestAlgorithm = 'sha256'): SampleBlob {
  const bytes = new Uint8Array(sizeBytes);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < sizeBytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return toBlob(bytes, algorithm);
}

export function toBlob(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): SampleBlob {
  return { bytes, digest: digestOf(bytes, algorithm) };
}

export interface ManifestSampleOptions {
  readonly algorithm?: DigestAlgorithm;
  /** What it refers to: it is listed there under `referrer`. */
  readonly subject?: Digest;
  readonly referrer?: Partial<Descriptor>;
}

/** A manifest that differs for each label. Drivers do not read it, so it has no more than it takes to look like one. */
export function sampleManifest(label: string, options: ManifestSampleOptions = {}): NewManifest {
  const { algorithm, subject, referrer } = options;
  const mediaType = MEDIA_TYPES.ociManifest;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, annotations: { label }, subject }));
  const digest = digestOf(bytes, algorithm);
  return {
    digest,
    mediaType,
    bytes,
    ...(subject && {
      referrer: { subject, descriptor: { mediaType, digest, size: bytes.byteLength, ...referrer } },
    }),
  };
}

export async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

/** The bytes as one chunk of an upload, 64 KiB at a time as from a socket. */
export const toChunk = (bytes: Uint8Array): Chunk => ({ bytes: inChunks(bytes, 65_536) });

/** Starts an upload that has these bytes so far. */
export async function startUpload(store: Store, repository: RepositoryName, bytes: Uint8Array): Promise<string> {
  const { id } = await store.uploads.create(repository);
  await store.uploads.append(repository, id, toChunk(bytes));
  return id;
}

export async function pushBlob(store: Store, repository: RepositoryName, blob: SampleBlob): Promise<void> {
  const { id } = await store.uploads.create(repository, { algorithm: digestAlgorithm(blob.digest) });
  await store.uploads.append(repository, id, toChunk(blob.bytes));
  await store.uploads.complete(repository, id, blob.digest);
}

/** What a repository shows of a blob, short enough to compare and to print. */
export interface BlobView {
  readonly statBytes: number | undefined;
  readonly openBytes: number;
  /** Of the bytes that were read, always with sha256. */
  readonly content: Digest;
}

export function viewOf({ bytes }: SampleBlob): BlobView {
  return { statBytes: bytes.byteLength, openBytes: bytes.byteLength, content: digestOf(bytes) };
}

/** `undefined` for a blob that can neither be opened nor be seen by `stat`. */
export async function viewBlob(
  { blobs }: Store,
  repository: RepositoryName,
  digest: Digest,
): Promise<BlobView | { readonly statBytes: number } | undefined> {
  const stat = await blobs.stat(repository, digest);
  const reader = await blobs.open(repository, digest);
  if (reader === undefined) return stat && { statBytes: stat.sizeBytes };
  try {
    return {
      statBytes: stat?.sizeBytes,
      openBytes: reader.sizeBytes,
      content: digestOf(await readFrom(reader, 0)),
    };
  } finally {
    await reader.close();
  }
}

/** What a repository shows of a manifest, short enough to compare and to print. */
export interface ManifestView {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Of the bytes, always with sha256. */
  readonly content: Digest;
}

export function manifestView({ digest, mediaType, bytes }: StoredManifest): ManifestView {
  return { digest, mediaType, sizeBytes: bytes.byteLength, content: digestOf(bytes) };
}

export async function viewManifest(
  { manifests }: Store,
  repository: RepositoryName,
  digest: Digest,
): Promise<ManifestView | undefined> {
  const found = await manifests.get(repository, digest);
  return found && manifestView(found);
}

/** Reads on to the end, wherever the reader's own pieces end. */
export async function readFrom(reader: BlobReader, position: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let at = position;
  for (;;) {
    const into = new Uint8Array(100_000);
    const count = await reader.read(into, at);
    if (count === 0) return Buffer.concat(parts);
    parts.push(into.subarray(0, count));
    at += count;
  }
}

/** Every tag, with what it names. */
export async function tagsOf(
  { catalog, manifests }: Store,
  repository: RepositoryName,
): Promise<Record<string, unknown>> {
  const { items } = await catalog.listTags(repository, { limit: 1_000 });
  return Object.fromEntries(
    await Promise.all(items.map(async (tag) => [tag, await manifests.resolve(repository, tag)] as const)),
  );
}
