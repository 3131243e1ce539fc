/**
 * The contract of `UploadManager`, as long as nothing goes wrong.
 *
 * @module
 */
import { digestAlgorithm, digestOf, type DigestAlgorithm } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../src/storage/contracts.ts';
import {
  inChunks,
  pushBlob,
  sampleBlob,
  startUpload,
  toBlob,
  toChunk,
  toRepository,
  viewBlob,
  viewOf,
} from './samples.ts';
import type { CurrentFixture } from './store-fixture.ts';

const own = toRepository('team/own');
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

export function describeUploads(current: CurrentFixture): void {
  describe('uploads', () => {
    itBegins(current);
    itAppends(current);
    itHashes(current);
    itTakesCopies(current);
    itRunsSideBySide(current);
  });
}

function itBegins(current: CurrentFixture): void {
  it('begins empty, under a UUID of its own each time', async () => {
    const { uploads } = current().store;
    const begun = await Promise.all(Array.from({ length: 5 }, async () => uploads.create(own)));
    expect(new Set(begun.map(({ id }) => id)).size).toBe(5);
    for (const { id, sizeBytes } of begun) {
      expect(id).toMatch(UUID);
      expect(sizeBytes).toBe(0);
      expect(await uploads.status(own, id)).toEqual({ id, sizeBytes: 0 });
    }
  });

  it('makes no repository: the first blob does', async () => {
    const { store } = current();
    const id = await startUpload(store, own, sampleBlob(10).bytes);
    expect(await store.catalog.hasRepository(own)).toBe(false);
    await store.uploads.complete(own, id, sampleBlob(10).digest);
    expect(await store.catalog.hasRepository(own)).toBe(true);
  });

  it('shows nothing of the bytes before the upload is completed', async () => {
    const { store } = current();
    const blob = sampleBlob(1_000);
    const id = await startUpload(store, own, blob.bytes);
    expect(await viewBlob(store, own, blob.digest)).toBeUndefined();
    expect(await store.blobs.holds(blob.digest)).toBe(false);
    expect(await store.uploads.complete(own, id, blob.digest)).toMatchObject({ sizeBytes: 1_000 });
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });
}

const blob = sampleBlob(1_000);

const part = (from: number, to: number, pieceBytes = 100): AsyncIterable<Uint8Array> =>
  inChunks(blob.bytes.subarray(from, to), pieceBytes);

interface ChunksRow {
  readonly chunks: () => readonly Chunk[];
  /** After each of them. */
  readonly sizes: readonly number[];
  readonly why: string;
}

const CHUNKS: readonly ChunksRow[] = [
  { chunks: () => [{ bytes: part(0, 1_000) }], sizes: [1_000], why: 'a stream of unknown length' },
  {
    chunks: () => [{ bytes: part(0, 1_000), offset: 0, sizeBytes: 1_000 }],
    sizes: [1_000],
    why: 'all of it announced',
  },
  {
    chunks: () => [{ bytes: part(0, 400) }, { bytes: part(400, 1_000) }],
    sizes: [400, 1_000],
    why: 'each begins where the last one ended',
  },
  {
    chunks: () => [
      { bytes: part(0, 1), offset: 0 },
      { bytes: part(1, 999), offset: 1, sizeBytes: 998 },
      { bytes: part(999, 1_000), offset: 999 },
    ],
    sizes: [1, 999, 1_000],
    why: 'the true offset may be said',
  },
  {
    chunks: () => [
      { bytes: part(0, 1_000) },
      { bytes: part(0, 0), offset: 1_000, sizeBytes: 0 },
      { bytes: part(0, 0) },
    ],
    sizes: [1_000, 1_000, 1_000],
    why: 'clients close with an empty chunk',
  },
  {
    chunks: () => [{ bytes: part(0, 0) }, { bytes: part(0, 1_000, 1) }],
    sizes: [0, 1_000],
    why: 'nothing, then a byte at a time: borders carry no meaning',
  },
];

function itAppends(current: CurrentFixture): void {
  it.each(CHUNKS)('takes chunks to $sizes bytes: $why', async ({ chunks, sizes }) => {
    const { store } = current();
    const { id } = await store.uploads.create(own);
    for (const [at, chunk] of chunks().entries()) {
      expect(await store.uploads.append(own, id, chunk)).toEqual({ id, sizeBytes: sizes[at] });
      expect(await store.uploads.status(own, id)).toEqual({ id, sizeBytes: sizes[at] });
    }
    await store.uploads.complete(own, id, blob.digest);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
    expect(await store.uploads.status(own, id)).toBeUndefined();
  });

  it('takes an empty piece in the midst of a chunk', async () => {
    const { store } = current();
    const { id } = await store.uploads.create(own);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield blob.bytes.subarray(0, 10);
      yield new Uint8Array();
      yield blob.bytes.subarray(10);
    }
    expect(await store.uploads.append(own, id, { bytes: pieces(), sizeBytes: 1_000 })).toEqual({
      id,
      sizeBytes: 1_000,
    });
    expect(await store.uploads.complete(own, id, blob.digest)).toMatchObject({ sizeBytes: 1_000 });
  });

  it('takes 3 MiB and a byte in two chunks, more than any buffer on the way', async () => {
    const { store } = current();
    const large = sampleBlob(3 * 1_024 * 1_024 + 1, 7);
    const id = await startUpload(store, own, large.bytes.subarray(0, 1_500_001));
    await store.uploads.append(own, id, toChunk(large.bytes.subarray(1_500_001)));
    expect(await store.uploads.complete(own, id, large.digest)).toMatchObject({ sizeBytes: large.bytes.byteLength });
    expect(await viewBlob(store, own, large.digest)).toEqual(viewOf(large));
  });
}

function itHashes(current: CurrentFixture): void {
  it.each<{ announced: DigestAlgorithm | undefined; used: DigestAlgorithm; sizeBytes: number; why: string }>([
    { announced: undefined, used: 'sha256', sizeBytes: 1_000, why: 'most clients announce nothing' },
    { announced: undefined, used: 'sha512', sizeBytes: 1_000, why: 'only the end tells the algorithm' },
    { announced: 'sha256', used: 'sha256', sizeBytes: 1_000, why: 'announced and used' },
    { announced: 'sha512', used: 'sha512', sizeBytes: 1_000, why: 'announced and used' },
    { announced: 'sha256', used: 'sha512', sizeBytes: 1_000, why: 'another one at the end is no fault' },
    { announced: 'sha512', used: 'sha256', sizeBytes: 1_000, why: 'another one at the end is no fault' },
    { announced: undefined, used: 'sha256', sizeBytes: 0, why: 'nothing has a digest, too' },
    { announced: 'sha512', used: 'sha512', sizeBytes: 0, why: 'nothing has a digest, too' },
  ])('stores $sizeBytes bytes announced as $announced by $used: $why', async ({ announced, used, sizeBytes }) => {
    const { store } = current();
    const sample = sampleBlob(sizeBytes, 4, used);
    const { id } = await store.uploads.create(own, announced && { algorithm: announced });
    await store.uploads.append(own, id, toChunk(sample.bytes.subarray(0, 300)));
    await store.uploads.append(own, id, toChunk(sample.bytes.subarray(300)));
    expect(await store.uploads.complete(own, id, sample.digest)).toMatchObject({ sizeBytes });
    expect(await viewBlob(store, own, sample.digest)).toEqual(viewOf(sample));
    const unused = digestOf(sample.bytes, used === 'sha256' ? 'sha512' : 'sha256');
    expect(await store.blobs.stat(own, unused)).toBeUndefined();
  });

  it.each<{ algorithm: DigestAlgorithm }>([{ algorithm: 'sha256' }, { algorithm: 'sha512' }])(
    'completes an upload without any chunk as the empty blob, by $algorithm',
    async ({ algorithm }) => {
      const { store } = current();
      const empty = sampleBlob(0, 1, algorithm);
      const { id } = await store.uploads.create(own);
      expect(await store.uploads.complete(own, id, empty.digest)).toMatchObject({ sizeBytes: 0 });
      expect(await viewBlob(store, own, empty.digest)).toEqual(viewOf(empty));
      expect(digestAlgorithm(empty.digest)).toBe(algorithm);
    },
  );
}

function itTakesCopies(current: CurrentFixture): void {
  it('keeps what was sent when its buffer is filled anew afterwards, as pooled ones are', async () => {
    const { store } = current();
    const buffer = Uint8Array.from(blob.bytes);
    const { id } = await store.uploads.create(own);
    await store.uploads.append(own, id, { bytes: inChunks(buffer, 300) });
    buffer.fill(0);
    await store.uploads.complete(own, id, blob.digest);
    buffer.fill(1);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });
}

function itRunsSideBySide(current: CurrentFixture): void {
  it('keeps the bytes of two sessions apart', async () => {
    const { store } = current();
    const second = sampleBlob(1_000, 2);
    const ids = [(await store.uploads.create(own)).id, (await store.uploads.create(own)).id] as const;
    for (let at = 0; at < 1_000; at += 250) {
      await store.uploads.append(own, ids[0], toChunk(blob.bytes.subarray(at, at + 250)));
      await store.uploads.append(own, ids[1], toChunk(second.bytes.subarray(at, at + 250)));
    }
    await store.uploads.complete(own, ids[1], second.digest);
    await store.uploads.complete(own, ids[0], blob.digest);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
    expect(await viewBlob(store, own, second.digest)).toEqual(viewOf(second));
  });

  it('completes two sessions with the same content, in one repository and in two', async () => {
    const { store } = current();
    const other = toRepository('team/other');
    const first = await startUpload(store, own, blob.bytes);
    const second = await startUpload(store, own, blob.bytes);
    const third = await startUpload(store, other, blob.bytes);
    await store.uploads.complete(own, first, blob.digest);
    await store.uploads.complete(own, second, blob.digest);
    await store.uploads.complete(other, third, blob.digest);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
    expect(await viewBlob(store, other, blob.digest)).toEqual(viewOf(blob));
  });

  it('completes a session whose content was pushed and deleted meanwhile', async () => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes);
    await pushBlob(store, own, toBlob(blob.bytes));
    await store.blobs.delete(own, blob.digest);
    await store.uploads.complete(own, id, blob.digest);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });
}
