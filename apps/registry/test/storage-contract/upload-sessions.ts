/**
 * The contract of `UploadManager` for the life of a session: one writer, and every way it ends.
 *
 * Expiry is tested a tenth of its time before and after: how exact it is belongs to the driver, and real time may pass.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/storage/contracts.ts';
import { createHeldSource } from './held-source.ts';
import { outcomeOf, refusal } from './outcome.ts';
import { sampleBlob, startUpload, toChunk, toRepository, viewBlob, viewOf } from './samples.ts';
import { UPLOAD_EXPIRY_MS, type CurrentFixture, type StoreAbilities } from './store-fixture.ts';

const own = toRepository('team/own');
const blob = sampleBlob(1_000);
const [head, tail] = [blob.bytes.subarray(0, 400), blob.bytes.subarray(400)];

export function describeUploadSessions(
  current: CurrentFixture,
  { uploadExpiryMs = UPLOAD_EXPIRY_MS }: StoreAbilities,
): void {
  describe('an upload session', () => {
    itHasOneWriter(current);
    itEndsOnce(current);
    itIsCancelled(current);
    itExpires(current, uploadExpiryMs);
    itStaysAlive(current, uploadExpiryMs);
    itDoesNotStayAlive(current, uploadExpiryMs);
  });
}

function itHasOneWriter(current: CurrentFixture): void {
  it('refuses a second writer while a chunk arrives, and takes the first to its end', async () => {
    const { store } = current();
    const { id } = await store.uploads.create(own);
    const held = createHeldSource(head, tail);
    const first = store.uploads.append(own, id, { bytes: held.bytes });
    await held.waiting;
    await expect(store.uploads.append(own, id, toChunk(tail))).rejects.toMatchObject(refusal('UPLOAD_BUSY'));
    await expect(store.uploads.complete(own, id, blob.digest)).rejects.toMatchObject(refusal('UPLOAD_BUSY'));
    held.release();
    expect(await first).toEqual({ id, sizeBytes: 1_000 });
    await store.uploads.complete(own, id, blob.digest);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });

  it('tells its size while a chunk arrives, and other sessions go on', async () => {
    const { store } = current();
    const id = await startUpload(store, own, head);
    const held = createHeldSource(tail.subarray(0, 1), tail.subarray(1));
    const append = store.uploads.append(own, id, { bytes: held.bytes });
    await held.waiting;
    const status = await store.uploads.status(own, id);
    expect([400, 401]).toContain(status?.sizeBytes);
    const second = await startUpload(store, own, blob.bytes);
    await store.uploads.complete(own, second, blob.digest);
    held.release();
    expect(await append).toEqual({ id, sizeBytes: 1_000 });
  });

  it('takes the next chunk after one that was refused or broke', async () => {
    const { store } = current();
    const { id } = await store.uploads.create(own);
    const fault = new RangeError('the connection broke');
    await expect(store.uploads.append(own, id, { ...toChunk(head), offset: 1 })).rejects.toMatchObject(
      refusal('CHUNK_OUT_OF_ORDER'),
    );
    await expect(store.uploads.append(own, id, { ...toChunk(head), sizeBytes: 1 })).rejects.toMatchObject(
      refusal('SIZE_INVALID'),
    );
    const broken: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(fault) }) };
    await expect(store.uploads.append(own, id, { bytes: broken })).rejects.toBe(fault);
    await store.uploads.append(own, id, toChunk(blob.bytes));
    expect(await store.uploads.complete(own, id, blob.digest)).toMatchObject({ sizeBytes: 1_000 });
  });
}

function itEndsOnce(current: CurrentFixture): void {
  it('is unknown once it is completed', async () => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes);
    await store.uploads.complete(own, id, blob.digest);
    await expect(store.uploads.complete(own, id, blob.digest)).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    await expect(store.uploads.append(own, id, toChunk(tail))).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    expect(await store.uploads.cancel(own, id)).toBe(false);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });
}

function itIsCancelled(current: CurrentFixture): void {
  it('is unknown once it is cancelled, and its bytes are nowhere', async () => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes);
    const kept = await startUpload(store, own, head);
    expect(await store.uploads.cancel(own, id)).toBe(true);
    expect(await store.uploads.cancel(own, id)).toBe(false);
    expect(await store.uploads.status(own, id)).toBeUndefined();
    await expect(store.uploads.append(own, id, toChunk(tail))).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    await expect(store.uploads.complete(own, id, blob.digest)).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    expect(await store.blobs.holds(blob.digest)).toBe(false);
    expect(await store.uploads.status(own, kept)).toEqual({ id: kept, sizeBytes: 400 });
  });

  it('can be cancelled before anything was sent', async () => {
    const { store } = current();
    const { id } = await store.uploads.create(own);
    expect(await store.uploads.cancel(own, id)).toBe(true);
    expect(await store.uploads.status(own, id)).toBeUndefined();
  });

  it('can be cancelled while a chunk arrives, which then finds no session', async () => {
    const { store } = current();
    const { id } = await store.uploads.create(own);
    const held = createHeldSource(head, tail);
    const append = store.uploads.append(own, id, { bytes: held.bytes });
    // Awaited from now on: a driver may end it before it is released.
    const outcome = outcomeOf(append);
    await held.waiting;
    expect(await store.uploads.cancel(own, id)).toBe(true);
    expect(await store.uploads.status(own, id)).toBeUndefined();
    held.release();
    expect(await outcome).toBe('UPLOAD_UNKNOWN');
    expect(await store.uploads.status(own, id)).toBeUndefined();
    expect(await store.uploads.cancel(own, id)).toBe(false);
  });
}

function itExpires(current: CurrentFixture, expiryMs: number): void {
  it.each([
    { bytes: new Uint8Array(), what: 'without a byte' },
    { bytes: head, what: 'with bytes' },
  ])('is unknown after its time, $what', async ({ bytes }) => {
    const { store, advance } = current();
    const id = await startUpload(store, own, bytes);
    advance(0.9 * expiryMs);
    expect(await store.uploads.status(own, id)).toEqual({ id, sizeBytes: bytes.byteLength });
    advance(0.2 * expiryMs);
    expect(await store.uploads.status(own, id)).toBeUndefined();
    await expect(store.uploads.append(own, id, toChunk(tail))).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    await expect(store.uploads.complete(own, id, blob.digest)).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    expect(await store.uploads.cancel(own, id)).toBe(false);
  });

  it('is removed after its time, and counted, once', async () => {
    const { store, advance } = current();
    expect(await store.uploads.removeExpired()).toBe(0);
    for (let at = 0; at < 3; at += 1) await startUpload(store, own, head);
    advance(0.6 * expiryMs);
    const young = await startUpload(store, toRepository('team/other'), head);
    expect(await store.uploads.removeExpired()).toBe(0);
    advance(0.6 * expiryMs);
    expect(await store.uploads.removeExpired()).toBe(3);
    expect(await store.uploads.removeExpired()).toBe(0);
    expect(await store.uploads.status(toRepository('team/other'), young)).toEqual({ id: young, sizeBytes: 400 });
  });

  it('is not counted when it was completed or cancelled', async () => {
    const { store, advance } = current();
    await store.uploads.complete(own, await startUpload(store, own, blob.bytes), blob.digest);
    await store.uploads.cancel(own, await startUpload(store, own, blob.bytes));
    advance(1.1 * expiryMs);
    expect(await store.uploads.removeExpired()).toBe(0);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });
}

function itStaysAlive(current: CurrentFixture, expiryMs: number): void {
  it('lives on with every chunk that is written to it', async () => {
    const { store, advance } = current();
    const { id } = await store.uploads.create(own);
    for (let at = 0; at < 1_000; at += 250) {
      advance(0.9 * expiryMs);
      expect(await store.uploads.removeExpired()).toBe(0);
      await store.uploads.append(own, id, toChunk(blob.bytes.subarray(at, at + 250)));
    }
    advance(0.9 * expiryMs);
    expect(await store.uploads.complete(own, id, blob.digest)).toMatchObject({ sizeBytes: 1_000 });
  });

  it('lives on with the part of a chunk that came before its source threw', async () => {
    const { store, advance } = current();
    const id = await startUpload(store, own, head);
    const fault = new RangeError('the connection broke');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      advance(0.9 * expiryMs);
      yield tail;
      throw fault;
    }
    await expect(store.uploads.append(own, id, { bytes: breaking() })).rejects.toBe(fault);
    advance(0.9 * expiryMs);
    expect(await store.uploads.removeExpired()).toBe(0);
    expect(await store.uploads.complete(own, id, blob.digest)).toMatchObject({ sizeBytes: 1_000 });
  });

  it('lives on while a single chunk keeps arriving for longer than its time', async () => {
    const { store, advance } = current();
    const { id } = await store.uploads.create(own);
    const removed: number[] = [];
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 1_000; at += 200) {
        advance(0.9 * expiryMs);
        removed.push(await store.uploads.removeExpired());
        yield blob.bytes.subarray(at, at + 200);
      }
    }
    expect(await store.uploads.append(own, id, { bytes: slow() })).toEqual({ id, sizeBytes: 1_000 });
    expect(removed).toEqual([0, 0, 0, 0, 0]);
    expect(await store.uploads.complete(own, id, blob.digest)).toMatchObject({ sizeBytes: 1_000 });
  });
}

function itDoesNotStayAlive(current: CurrentFixture, expiryMs: number): void {
  it.each<{ what: string; use: (store: Store, id: string) => Promise<unknown>; answer: unknown; why: string }>([
    {
      what: 'asked for',
      use: async ({ uploads }, id) => (await uploads.status(own, id))?.sizeBytes,
      answer: 400,
      why: 'a client that only asks sends nothing',
    },
    {
      what: 'sent a chunk out of order',
      use: async ({ uploads }, id) => outcomeOf(uploads.append(own, id, { ...toChunk(tail), offset: 0 })),
      answer: 'CHUNK_OUT_OF_ORDER',
      why: 'nothing was written',
    },
  ])('does not live on by being $what: $why', async ({ use, answer }) => {
    const { store, advance } = current();
    const id = await startUpload(store, own, head);
    advance(0.9 * expiryMs);
    expect(await use(store, id)).toBe(answer);
    advance(0.2 * expiryMs);
    expect(await store.uploads.status(own, id)).toBeUndefined();
    expect(await store.uploads.removeExpired()).toBe(1);
  });
}
