/**
 * The contract of `BlobStore`.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import {
  manifestView,
  pushBlob,
  readFrom,
  sampleBlob,
  sampleManifest,
  toBlob,
  toRepository,
  viewBlob,
  viewManifest,
  viewOf,
} from './samples.ts';
import type { CurrentFixture } from './store-fixture.ts';

const [own, other] = [toRepository('team/own'), toRepository('team/other')];
const [blob, absent] = [sampleBlob(1_000, 1), sampleBlob(1_000, 2)];

export function describeBlobs(current: CurrentFixture): void {
  describe('blobs', () => {
    itSharesContent(current);
    itMounts(current);
    itDeletes(current);
    itKeepsKindsApart(current);
  });
  describe('an open blob', () => {
    itReads(current);
    itReadsOn(current);
  });
}

function itSharesContent(current: CurrentFixture): void {
  it.each([
    { what: 'a blob nobody pushed', repository: own, digest: absent.digest, why: 'it is nowhere' },
    {
      what: 'the same bytes by sha512',
      repository: own,
      digest: sampleBlob(1_000, 1, 'sha512').digest,
      why: 'a digest is the address',
    },
    { what: 'a blob of another repository', repository: other, digest: blob.digest, why: 'stored is not readable' },
    {
      what: 'a blob of the repository above',
      repository: toRepository('team'),
      digest: blob.digest,
      why: 'names do not nest',
    },
    {
      what: 'a blob of the repository below',
      repository: toRepository('team/own/sub'),
      digest: blob.digest,
      why: 'names do not nest',
    },
  ])('does not know $what: $why', async ({ repository, digest }) => {
    const { blobs } = current().store;
    await pushBlob(current().store, own, blob);
    expect(await blobs.stat(repository, digest)).toBeUndefined();
    expect(await blobs.open(repository, digest)).toBeUndefined();
    expect(await blobs.delete(repository, digest)).toBe(false);
    expect(await viewBlob(current().store, own, blob.digest)).toEqual(viewOf(blob));
  });

  it('says what is stored, whoever may read it', async () => {
    const { store } = current();
    expect(await store.blobs.holds(blob.digest)).toBe(false);
    await pushBlob(store, own, blob);
    expect(await store.blobs.holds(blob.digest)).toBe(true);
    expect(await store.blobs.holds(absent.digest)).toBe(false);
  });

  it('takes the same content in two repositories, and in one of them twice', async () => {
    const { store } = current();
    for (const repository of [own, other, own]) await pushBlob(store, repository, blob);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
    expect(await viewBlob(store, other, blob.digest)).toEqual(viewOf(blob));
  });

  it('takes the same content under both of its digests', async () => {
    const { store } = current();
    const long = toBlob(blob.bytes, 'sha512');
    await pushBlob(store, own, blob);
    await pushBlob(store, own, long);
    expect(await store.blobs.delete(own, blob.digest)).toBe(true);
    expect(await viewBlob(store, own, blob.digest)).toBeUndefined();
    expect(await viewBlob(store, own, long.digest)).toEqual(viewOf(long));
  });
}

function itMounts(current: CurrentFixture): void {
  it('mounts a blob that the source may read, and again without harm', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    expect(await store.blobs.mount(other, blob.digest, own)).toBe(true);
    expect(await store.blobs.mount(other, blob.digest, own)).toBe(true);
    expect(await viewBlob(store, other, blob.digest)).toEqual(viewOf(blob));
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });

  it.each([
    { what: 'a blob nobody has', digest: absent.digest, source: own, why: 'there are no bytes' },
    {
      what: 'from a repository that is not there',
      digest: blob.digest,
      source: toRepository('none'),
      why: 'nobody read it there',
    },
    {
      what: 'from a repository that has other blobs',
      digest: blob.digest,
      source: toRepository('third'),
      why: 'stored is not readable',
    },
    {
      what: 'from the target itself, which lacks it',
      digest: blob.digest,
      source: other,
      why: 'a mount must not tell what is stored',
    },
  ])('does not mount $what: $why', async ({ digest, source }) => {
    const { store } = current();
    await pushBlob(store, own, blob);
    await pushBlob(store, toRepository('third'), sampleBlob(10, 3));
    expect(await store.blobs.mount(other, digest, source)).toBe(false);
    expect(await viewBlob(store, other, digest)).toBeUndefined();
    expect(await store.catalog.hasRepository(other)).toBe(false);
  });

  it('mounts a blob onto the repository it is in, because clients ask for that', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    expect(await store.blobs.mount(own, blob.digest, own)).toBe(true);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });

  it('keeps a mounted blob when the source deletes it, and mounts it on from there', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    await store.blobs.mount(other, blob.digest, own);
    expect(await store.blobs.delete(own, blob.digest)).toBe(true);
    expect(await viewBlob(store, own, blob.digest)).toBeUndefined();
    expect(await viewBlob(store, other, blob.digest)).toEqual(viewOf(blob));
    expect(await store.blobs.mount(own, blob.digest, own)).toBe(false);
    expect(await store.blobs.mount(own, blob.digest, other)).toBe(true);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });
}

function itDeletes(current: CurrentFixture): void {
  it('deletes a blob once, and no other blob', async () => {
    const { store } = current();
    const neighbour = sampleBlob(10, 9);
    await pushBlob(store, own, blob);
    await pushBlob(store, own, neighbour);
    expect(await store.blobs.delete(own, blob.digest)).toBe(true);
    expect(await store.blobs.delete(own, blob.digest)).toBe(false);
    expect(await viewBlob(store, own, blob.digest)).toBeUndefined();
    expect(await viewBlob(store, own, neighbour.digest)).toEqual(viewOf(neighbour));
  });

  it('takes deleted content again', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    await store.blobs.delete(own, blob.digest);
    await pushBlob(store, own, blob);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });
}

function itKeepsKindsApart(current: CurrentFixture): void {
  const manifest = sampleManifest('both');

  it('does not show a manifest as a blob, nor a blob as a manifest', async () => {
    const { store } = current();
    await store.manifests.put(own, manifest);
    await pushBlob(store, own, blob);
    expect(await viewBlob(store, own, manifest.digest)).toBeUndefined();
    expect(await store.blobs.delete(own, manifest.digest)).toBe(false);
    expect(await store.manifests.has(own, blob.digest)).toBe(false);
    expect(await store.manifests.get(own, blob.digest)).toBeUndefined();
    expect(await store.manifests.delete(own, blob.digest)).toBe(false);
  });

  it.each([
    { first: 'blob', why: 'an index may list a manifest that was pushed as a blob too' },
    { first: 'manifest', why: 'either may go first' },
  ])('keeps bytes that are a blob and a manifest until both are deleted, the $first first: $why', async ({ first }) => {
    const { store } = current();
    await store.manifests.put(own, manifest);
    await pushBlob(store, own, manifest);
    const kinds = first === 'blob' ? [store.blobs, store.manifests] : [store.manifests, store.blobs];
    expect(await kinds[0]?.delete(own, manifest.digest)).toBe(true);
    const blobLeft = await viewBlob(store, own, manifest.digest);
    const manifestLeft = await viewManifest(store, own, manifest.digest);
    expect(blobLeft).toEqual(first === 'blob' ? undefined : viewOf(manifest));
    expect(manifestLeft).toEqual(first === 'blob' ? manifestView(manifest) : undefined);
    expect(await kinds[1]?.delete(own, manifest.digest)).toBe(true);
    expect(await viewBlob(store, own, manifest.digest)).toBeUndefined();
    expect(await store.manifests.get(own, manifest.digest)).toBeUndefined();
  });
}

function itReads(current: CurrentFixture): void {
  it.each([
    { position: 0, length: 1_000, count: 1_000, why: 'the whole blob' },
    { position: 0, length: 1, count: 1, why: 'the first byte alone' },
    { position: 999, length: 1, count: 1, why: 'the last byte alone' },
    { position: 400, length: 200, count: 200, why: 'from the middle' },
    { position: 900, length: 200, count: 100, why: 'as far as the blob goes' },
    { position: 0, length: 2_000, count: 1_000, why: 'a buffer larger than the blob' },
    { position: 1_000, length: 10, count: 0, why: 'at the end there is nothing' },
    { position: 1_001, length: 10, count: 0, why: 'beyond the end there is nothing' },
    { position: 2 ** 32, length: 10, count: 0, why: 'far beyond, where 32 bits would count from 0 again' },
    { position: 10, length: 0, count: 0, why: 'nothing was asked for' },
  ])('reads $count bytes into $length at $position: $why', async ({ position, length, count }) => {
    const { store } = current();
    await pushBlob(store, own, blob);
    const reader = await store.blobs.open(own, blob.digest);
    // The buffer is part of a larger one, as buffers from a pool are: what lies around it must stay.
    const around = new Uint8Array(length + 20).fill(7);
    expect(await reader?.read(around.subarray(10, 10 + length), position)).toBe(count);
    await reader?.close();
    const expected = new Uint8Array(length + 20).fill(7);
    expected.set(blob.bytes.subarray(position, position + count), 10);
    expect(around).toEqual(expected);
  });

  it('reads an empty blob, because empty layers exist', async () => {
    const { store } = current();
    const empty = sampleBlob(0);
    await pushBlob(store, own, empty);
    expect(await viewBlob(store, own, empty.digest)).toEqual(viewOf(empty));
    expect(await store.blobs.stat(own, empty.digest)).toEqual({ sizeBytes: 0 });
  });

  it('reads several positions at once, in any order', async () => {
    const { store } = current();
    const large = sampleBlob(500_000, 5);
    await pushBlob(store, own, large);
    const reader = await store.blobs.open(own, large.digest);
    const into = new Uint8Array(500_000);
    const starts = Array.from({ length: 10 }, (_, at) => ((at * 7) % 10) * 50_000);
    const counts = await Promise.all(starts.map(async (at) => reader?.read(into.subarray(at, at + 50_000), at)));
    await reader?.close();
    expect(counts).toEqual(starts.map(() => 50_000));
    expect(toBlob(into).digest).toBe(large.digest);
  });

  it('gives every reader all of it', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    const views = await Promise.all(Array.from({ length: 5 }, async () => viewBlob(store, own, blob.digest)));
    expect(views).toEqual(views.map(() => viewOf(blob)));
  });
}

function itReadsOn(current: CurrentFixture): void {
  it.each([
    { what: 'it is deleted', again: false, why: 'a pull that has begun ends' },
    { what: 'it is deleted and pushed again', again: true, why: 'the new bytes are not the old ones' },
  ])('reads on while $what: $why', async ({ again }) => {
    const { store } = current();
    const large = sampleBlob(300_000, 5);
    await pushBlob(store, own, large);
    const reader = await store.blobs.open(own, large.digest);
    const start = new Uint8Array(100_000);
    expect(await reader?.read(start, 0)).toBe(100_000);
    await store.blobs.delete(own, large.digest);
    if (again) await pushBlob(store, own, large);
    const end = reader && (await readFrom(reader, 100_000));
    await reader?.close();
    expect(toBlob(Buffer.concat([start, end ?? new Uint8Array()])).digest).toBe(large.digest);
    expect(await viewBlob(store, own, large.digest)).toEqual(again ? viewOf(large) : undefined);
  });
}
