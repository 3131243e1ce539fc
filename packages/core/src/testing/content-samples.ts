/**
 * Content for the suites of content stores: blobs and images that every store, a registry too, has to take.
 *
 * @module
 */
import {
  canonicalJsonBytes,
  describeContent,
  digestOf,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  MEDIA_TYPES,
  parseTag,
  type Descriptor,
  type Tag,
} from '@squizzle/oci-spec';
import type { ContentStore } from '../contracts/content-store.ts';

/** What a suite opens before each test and closes after it. Nothing is in the store. */
export interface StoreFixture<S> {
  readonly store: S;
  close(): Promise<void>;
}

export interface Sample {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

const BLOB_TYPE = 'application/octet-stream';

/** Bytes without a pattern a store could get right by accident, the same each time. */
export function sampleBytes(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export function sampleBlob(size: number, seed = 1): Sample {
  const bytes = sampleBytes(size, seed);
  return { descriptor: describeContent(BLOB_TYPE, bytes), bytes };
}

export function sampleSha512Blob(size: number): Sample {
  const bytes = sampleBytes(size, 512);
  return { descriptor: { mediaType: BLOB_TYPE, digest: digestOf(bytes, 'sha512'), size }, bytes };
}

/** A manifest that differs for each label. */
export function sampleImage(label: string, layers: readonly Descriptor[] = []): Sample {
  const { data: _data, ...config } = EMPTY_DESCRIPTOR;
  const annotations = { 'org.opencontainers.image.title': label };
  const bytes = canonicalJsonBytes({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config,
    layers,
    annotations,
  });
  return { descriptor: describeContent(MEDIA_TYPES.ociManifest, bytes), bytes };
}

export function sampleIndex(manifests: readonly Descriptor[]): Sample {
  const bytes = canonicalJsonBytes({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests });
  return { descriptor: describeContent(MEDIA_TYPES.ociIndex, bytes), bytes };
}

/** Pushes an image with its config and layers; answers the manifest's descriptor. */
export async function pushImage(
  store: ContentStore,
  label: string,
  layers: readonly Sample[] = [],
): Promise<Descriptor> {
  await store.push(EMPTY_DESCRIPTOR, [EMPTY_JSON]);
  for (const { descriptor, bytes } of layers) await store.push(descriptor, [bytes]);
  const { descriptor, bytes } = sampleImage(
    label,
    layers.map((layer) => layer.descriptor),
  );
  await store.push(descriptor, [bytes]);
  return descriptor;
}

/** The bytes in pieces, each in a turn of its own, as a network brings them. */
export async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    await Promise.resolve();
    yield bytes.subarray(at, at + chunkBytes);
  }
}

/** Everything the store has for the descriptor. */
export async function fetchAll(store: ContentStore, descriptor: Descriptor): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.fetch(descriptor)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

export async function tagsOf(store: ContentStore): Promise<readonly Tag[]> {
  const tags: Tag[] = [];
  for await (const tag of store.tags()) tags.push(tag);
  return tags;
}

/** For literals: text that is no tag is a mistake in the test. */
export function toTag(text: string): Tag {
  const tag = parseTag(text);
  if (tag === undefined) throw new TypeError(`not a tag: ${text}`);
  return tag;
}
