/**
 * The contract of `Store` for a restart: what was acknowledged is there again, and uploads go on.
 *
 * @module
 */
import type { DigestAlgorithm } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/storage/contracts.ts';
import { refusal } from './outcome.ts';
import {
  inChunks,
  manifestView,
  pushBlob,
  sampleBlob,
  sampleManifest,
  startUpload,
  tagsOf,
  toBlob,
  toChunk,
  toRepository,
  toTag,
  toTags,
  viewBlob,
  viewManifest,
  viewOf,
} from './samples.ts';
import { UPLOAD_EXPIRY_MS, type CurrentFixture, type StoreAbilities } from './store-fixture.ts';

const [own, other] = [toRepository('team/own'), toRepository('team/other')];
const [blob, long] = [sampleBlob(1_000), sampleBlob(1_000, 2, 'sha512')];
const [subject, second] = [sampleManifest('subject'), sampleManifest('second')];
const signature = sampleManifest('signature', {
  subject: subject.digest,
  referrer: { artifactType: 'application/vnd.example' },
});

export function describeRestart(current: CurrentFixture, { uploadExpiryMs = UPLOAD_EXPIRY_MS }: StoreAbilities): void {
  const reopen = async (): Promise<Store> => {
    const { reopen: open } = current();
    if (open === undefined) throw new RangeError('a fixture whose data outlive the store needs reopen');
    return open();
  };
  describe('after a restart', () => {
    itHasContent(current, reopen);
    itGoesOn(current, reopen);
    itKnowsSessions(current, reopen, uploadExpiryMs);
  });
}

type Reopen = () => Promise<Store>;

function itHasContent(current: CurrentFixture, reopen: Reopen): void {
  it.each([
    { closed: true, why: 'the server was stopped' },
    { closed: false, why: 'the server was killed: a promise that resolved was an acknowledgement' },
  ])('has what was put, also when the store was closed: $closed, $why', async ({ closed }) => {
    const { store } = current();
    await pushBlob(store, own, blob);
    await pushBlob(store, own, long);
    await store.blobs.mount(other, blob.digest, own);
    await store.manifests.put(own, subject, { tags: toTags('v1', 'latest') });
    await store.manifests.put(own, signature);
    await store.manifests.put(own, second, { tags: toTags('latest') });
    if (closed) await store.close();
    const again = await reopen();
    expect(await viewBlob(again, own, blob.digest)).toEqual(viewOf(blob));
    expect(await viewBlob(again, own, long.digest)).toEqual(viewOf(long));
    expect(await viewBlob(again, other, blob.digest)).toEqual(viewOf(blob));
    expect(await again.blobs.stat(other, long.digest)).toBeUndefined();
    expect(await tagsOf(again, own)).toEqual({ latest: second.digest, v1: subject.digest });
    for (const manifest of [subject, second])
      expect(await viewManifest(again, own, manifest.digest)).toEqual(manifestView(manifest));
    expect(await again.catalog.listRepositories({ limit: 10 })).toEqual({ items: [other, own], more: false });
    expect(await again.catalog.listReferrers(own, subject.digest, { limit: 10, limitBytes: 10_000 })).toEqual({
      items: [signature.referrer?.descriptor],
      more: false,
    });
  });

  it('lacks what was deleted', async () => {
    const { store } = current();
    await pushBlob(store, own, blob);
    await store.blobs.mount(other, blob.digest, own);
    for (const manifest of [subject, second, signature]) {
      await store.manifests.put(own, manifest, { tags: toTags(`of-${manifest.digest.slice(7, 12)}`, 'last') });
    }
    await store.blobs.delete(own, blob.digest);
    await store.manifests.delete(own, subject.digest);
    await store.manifests.delete(own, signature.digest);
    await store.manifests.put(own, second, { tags: toTags('gone', 'kept') });
    await store.manifests.untag(own, toTag('gone'));
    const before = await tagsOf(store, own);
    const again = await reopen();
    expect(await viewBlob(again, own, blob.digest)).toBeUndefined();
    expect(await viewBlob(again, other, blob.digest)).toEqual(viewOf(blob));
    expect(Object.keys(before)).toHaveLength(2);
    expect(await tagsOf(again, own)).toEqual(before);
    for (const { digest } of [subject, signature]) expect(await again.manifests.has(own, digest)).toBe(false);
    expect(await again.catalog.listReferrers(own, subject.digest, { limit: 10, limitBytes: 10_000 })).toEqual({
      items: [],
      more: false,
    });
  });
}

function itGoesOn(current: CurrentFixture, reopen: Reopen): void {
  it.each<{ announced: DigestAlgorithm | undefined; used: DigestAlgorithm; before: number }>([
    { announced: undefined, used: 'sha256', before: 0 },
    { announced: undefined, used: 'sha256', before: 400 },
    { announced: undefined, used: 'sha512', before: 400 },
    { announced: 'sha512', used: 'sha512', before: 400 },
    { announced: 'sha512', used: 'sha256', before: 1_000 },
  ])('goes on with an upload of $before bytes, announced as $announced, to its $used', async (row) => {
    const { announced, used, before } = row;
    const { store } = current();
    const sample = toBlob(blob.bytes, used);
    const { id } = await store.uploads.create(own, announced && { algorithm: announced });
    if (before > 0) await store.uploads.append(own, id, toChunk(sample.bytes.subarray(0, before)));
    const again = await reopen();
    expect(await again.uploads.status(own, id)).toEqual({ id, sizeBytes: before });
    const rest: Parameters<typeof again.uploads.append>[2] = {
      ...toChunk(sample.bytes.subarray(before)),
      offset: before,
    };
    expect(await again.uploads.append(own, id, rest)).toEqual({ id, sizeBytes: 1_000 });
    expect(await again.uploads.complete(own, id, sample.digest)).toMatchObject({ sizeBytes: 1_000 });
    expect(await viewBlob(again, own, sample.digest)).toEqual(viewOf(sample));
  });

  it('goes on through a restart after each chunk', async () => {
    let { store } = current();
    const { id } = await store.uploads.create(own);
    for (let at = 0; at < 1_000; at += 250) {
      await store.uploads.append(own, id, { ...toChunk(blob.bytes.subarray(at, at + 250)), offset: at });
      store = await reopen();
    }
    await store.uploads.complete(own, id, blob.digest);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });

  it('goes on after the part of a chunk that had come when the connection broke', async () => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes.subarray(0, 100));
    const fault = new RangeError('the connection broke');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* inChunks(blob.bytes.subarray(100, 300), 50);
      throw fault;
    }
    await expect(store.uploads.append(own, id, { bytes: breaking() })).rejects.toBe(fault);
    const again = await reopen();
    expect(await again.uploads.status(own, id)).toEqual({ id, sizeBytes: 300 });
    await again.uploads.append(own, id, toChunk(blob.bytes.subarray(300)));
    await again.uploads.complete(own, id, blob.digest);
    expect(await viewBlob(again, own, blob.digest)).toEqual(viewOf(blob));
  });

  it('takes back a wrong chunk after a restart as before, and refuses a wrong digest', async () => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes.subarray(0, 100));
    const wrong = await startUpload(store, own, blob.bytes);
    const again = await reopen();
    const chunk = { ...toChunk(blob.bytes.subarray(100)), sizeBytes: 1 };
    await expect(again.uploads.append(own, id, chunk)).rejects.toMatchObject(refusal('SIZE_INVALID'));
    expect(await again.uploads.status(own, id)).toEqual({ id, sizeBytes: 100 });
    await expect(again.uploads.complete(own, wrong, long.digest)).rejects.toMatchObject(refusal('DIGEST_INVALID'));
    expect(await again.uploads.status(own, wrong)).toBeUndefined();
  });
}

function itKnowsSessions(current: CurrentFixture, reopen: Reopen, expiryMs: number): void {
  it('does not know sessions that have ended', async () => {
    const { store } = current();
    const [completed, cancelled] = [
      await startUpload(store, own, blob.bytes),
      await startUpload(store, own, blob.bytes),
    ];
    await store.uploads.complete(own, completed, blob.digest);
    await store.uploads.cancel(own, cancelled);
    const again = await reopen();
    for (const id of [completed, cancelled]) {
      expect(await again.uploads.status(own, id)).toBeUndefined();
      await expect(again.uploads.append(own, id, toChunk(blob.bytes))).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    }
  });

  it('knows a session in its repository alone', async () => {
    const id = await startUpload(current().store, own, blob.bytes);
    const again = await reopen();
    expect(await again.uploads.status(other, id)).toBeUndefined();
    await expect(again.uploads.complete(other, id, blob.digest)).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    expect(await again.uploads.status(own, id)).toEqual({ id, sizeBytes: 1_000 });
  });

  it('lets sessions expire by the time of their last byte, whenever the restart was', async () => {
    const { store, advance } = current();
    const old = await startUpload(store, own, blob.bytes);
    advance(0.6 * expiryMs);
    const young = await startUpload(store, own, blob.bytes);
    const again = await reopen();
    advance(0.6 * expiryMs);
    expect(await again.uploads.status(own, old)).toBeUndefined();
    expect(await again.uploads.status(own, young)).toEqual({ id: young, sizeBytes: 1_000 });
    expect(await again.uploads.removeExpired()).toBe(1);
    advance(0.6 * expiryMs);
    expect(await again.uploads.status(own, young)).toBeUndefined();
    expect(await again.uploads.removeExpired()).toBe(1);
  });
}
