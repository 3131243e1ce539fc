/**
 * The contract of `UploadManager` for what a client gets wrong, and for connections that break.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Chunk, Store } from '../../src/storage/contracts.ts';
import { refusal } from './outcome.ts';
import { inChunks, pushBlob, sampleBlob, startUpload, toChunk, toRepository, viewBlob, viewOf } from './samples.ts';
import type { CurrentFixture, StoreAbilities } from './store-fixture.ts';

const [own, other] = [toRepository('team/own'), toRepository('team/other')];
/** Sent up to 400 in each case, so that there is something to keep. */
const blob = sampleBlob(1_000);
const SENT = 400;

export function describeUploadRefusals(current: CurrentFixture, { maxBlobBytes }: StoreAbilities): void {
  describe('uploads that go wrong', () => {
    itRefusesWrongOffsets(current);
    itRefusesWrongSizes(current);
    itKeepsWhatCame(current);
    itRefusesWrongDigests(current);
    itDoesNotKnow(current);
    if (maxBlobBytes !== undefined) itLimitsSize(current, maxBlobBytes);
  });
}

/** Sends what is missing, which only gives the right digest when the session holds just the first bytes. */
async function finish(store: Store, id: string): Promise<unknown> {
  await store.uploads.append(own, id, { bytes: inChunks(blob.bytes.subarray(SENT), 100), offset: SENT });
  await store.uploads.complete(own, id, blob.digest);
  return viewBlob(store, own, blob.digest);
}

function itRefusesWrongOffsets(current: CurrentFixture): void {
  it.each([
    { offset: 0, why: 'sent again from the start' },
    { offset: SENT - 1, why: 'the last byte is there already' },
    { offset: SENT + 1, why: 'a byte is missing in between' },
    { offset: 2 ** 32 + SENT, why: 'far beyond, where 32 bits would take it for right' },
  ])('refuses a chunk at $offset after 400 bytes and tells the true offset: $why', async ({ offset }) => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes.subarray(0, SENT));
    const chunk = { ...toChunk(blob.bytes.subarray(0, 100)), offset };
    await expect(store.uploads.append(own, id, chunk)).rejects.toMatchObject(
      refusal('CHUNK_OUT_OF_ORDER', { sizeBytes: SENT }),
    );
    expect(await store.uploads.status(own, id)).toEqual({ id, sizeBytes: SENT });
    expect(await finish(store, id)).toEqual(viewOf(blob));
  });

  it('refuses a first chunk that does not begin at 0', async () => {
    const { store } = current();
    const { id } = await store.uploads.create(own);
    await expect(store.uploads.append(own, id, { ...toChunk(blob.bytes), offset: 1 })).rejects.toMatchObject(
      refusal('CHUNK_OUT_OF_ORDER', { sizeBytes: 0 }),
    );
    expect(await store.uploads.status(own, id)).toEqual({ id, sizeBytes: 0 });
  });
}

function itRefusesWrongSizes(current: CurrentFixture): void {
  it.each([
    { announced: 101, came: 100, why: 'a byte too few' },
    { announced: 99, came: 100, why: 'a byte too many' },
    { announced: 50, came: 100, why: 'too many in a later piece' },
    { announced: 0, came: 1, why: 'nothing was announced' },
    { announced: 1, came: 0, why: 'nothing came' },
  ])('takes back a chunk of $came bytes announced as $announced: $why', async ({ announced, came }) => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes.subarray(0, SENT));
    const chunk: Chunk = { bytes: inChunks(blob.bytes.subarray(SENT, SENT + came), 40), sizeBytes: announced };
    await expect(store.uploads.append(own, id, chunk)).rejects.toMatchObject(refusal('SIZE_INVALID'));
    expect(await store.uploads.status(own, id)).toEqual({ id, sizeBytes: SENT });
    expect(await finish(store, id)).toEqual(viewOf(blob));
  });

  it('stops reading a chunk that does not end, and closes its source', async () => {
    const { store } = current();
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(10);
      } finally {
        closed = true;
      }
    }
    const id = await startUpload(store, own, blob.bytes.subarray(0, SENT));
    const append = store.uploads.append(own, id, { bytes: endless(), sizeBytes: 25 });
    await expect(append).rejects.toMatchObject(refusal('SIZE_INVALID'));
    expect(closed).toBe(true);
    expect(await finish(store, id)).toEqual(viewOf(blob));
  });
}

function itKeepsWhatCame(current: CurrentFixture): void {
  const fault = new RangeError('the connection broke');

  async function* breaking(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield* inChunks(bytes, 60);
    throw fault;
  }

  it.each<{ came: number; sizeBytes: number | undefined; why: string }>([
    { came: 200, sizeBytes: undefined, why: 'the client asks where to go on' },
    { came: 200, sizeBytes: 600, why: 'what is missing is the connection, not the chunk' },
    { came: 200, sizeBytes: 200, why: 'the last byte came, the end did not' },
    { came: 0, sizeBytes: undefined, why: 'it broke before the first byte' },
    { came: 600, sizeBytes: undefined, why: 'it broke after the last byte' },
  ])('keeps $came bytes (announced: $sizeBytes) of a source that throws: $why', async ({ came, sizeBytes }) => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes.subarray(0, SENT));
    const bytes = breaking(blob.bytes.subarray(SENT, SENT + came));
    const append = store.uploads.append(own, id, { bytes, ...(sizeBytes !== undefined && { sizeBytes }) });
    await expect(append).rejects.toBe(fault);
    expect(await store.uploads.status(own, id)).toEqual({ id, sizeBytes: SENT + came });
    await store.uploads.append(own, id, toChunk(blob.bytes.subarray(SENT + came)));
    await store.uploads.complete(own, id, blob.digest);
    expect(await viewBlob(store, own, blob.digest)).toEqual(viewOf(blob));
  });
}

function itRefusesWrongDigests(current: CurrentFixture): void {
  it.each([
    { expected: sampleBlob(1_000, 2).digest, why: 'other bytes' },
    { expected: sampleBlob(1_000, 2, 'sha512').digest, why: 'other bytes, and the other algorithm' },
    { expected: sampleBlob(0).digest, why: 'the digest of nothing' },
  ])('drops an upload that is completed by the digest of something else: $why', async ({ expected }) => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes);
    await expect(store.uploads.complete(own, id, expected)).rejects.toMatchObject(refusal('DIGEST_INVALID'));
    expect(await store.uploads.status(own, id)).toBeUndefined();
    await expect(store.uploads.complete(own, id, blob.digest)).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    for (const digest of [expected, blob.digest]) {
      expect(await viewBlob(store, own, digest)).toBeUndefined();
      expect(await store.blobs.holds(digest)).toBe(false);
    }
    expect(await store.catalog.hasRepository(own)).toBe(false);
  });

  it('leaves a blob alone whose digest a wrong upload claimed', async () => {
    const { store } = current();
    await pushBlob(store, other, blob);
    const id = await startUpload(store, own, sampleBlob(1_000, 2).bytes);
    await expect(store.uploads.complete(own, id, blob.digest)).rejects.toMatchObject(refusal('DIGEST_INVALID'));
    expect(await viewBlob(store, own, blob.digest)).toBeUndefined();
    expect(await viewBlob(store, other, blob.digest)).toEqual(viewOf(blob));
  });
}

function itDoesNotKnow(current: CurrentFixture): void {
  it.each<{ what: string; of: (id: string) => string; why: string }>([
    { what: 'a UUID that was never given', of: () => '00000000-0000-4000-8000-000000000000', why: 'nobody began it' },
    { what: 'the id in capitals', of: (id) => id.toUpperCase(), why: 'it was given in lower case' },
    { what: 'the id with something after it', of: (id) => `${id}/`, why: 'an id is no path' },
    { what: 'the id after a folder', of: (id) => `x/../${id}`, why: 'an id is no path' },
    { what: 'the id and a line feed', of: (id) => `${id}\n`, why: 'a pattern must not stop early' },
    { what: 'the id and a NUL', of: (id) => `${id}\0`, why: 'a path must not stop early' },
    { what: 'nothing', of: () => '', why: 'it would be the folder of all sessions' },
    { what: 'a dot', of: () => '.', why: 'it would be the folder of all sessions' },
    { what: 'two dots', of: () => '..', why: 'it would be the folder above' },
    { what: 'a path', of: () => 'a/b', why: 'an id is no path' },
    { what: 'a NUL', of: () => '\0', why: 'file systems throw at it' },
    { what: '5,000 characters', of: () => 'a'.repeat(5_000), why: 'file systems throw at it' },
    { what: 'a member of every object', of: () => '__proto__', why: 'a session is not looked up in a prototype' },
  ])('does not know a session by $what: $why', async ({ of }) => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes.subarray(0, SENT));
    const wrong = of(id);
    expect(await store.uploads.status(own, wrong)).toBeUndefined();
    await expect(store.uploads.append(own, wrong, toChunk(blob.bytes))).rejects.toMatchObject(
      refusal('UPLOAD_UNKNOWN'),
    );
    await expect(store.uploads.complete(own, wrong, blob.digest)).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    expect(await store.uploads.cancel(own, wrong)).toBe(false);
    expect(await finish(store, id)).toEqual(viewOf(blob));
  });

  it('does not know a session of another repository, so that none can be taken over', async () => {
    const { store } = current();
    const id = await startUpload(store, own, blob.bytes.subarray(0, SENT));
    expect(await store.uploads.status(other, id)).toBeUndefined();
    await expect(store.uploads.append(other, id, toChunk(blob.bytes))).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    await expect(store.uploads.complete(other, id, blob.digest)).rejects.toMatchObject(refusal('UPLOAD_UNKNOWN'));
    expect(await store.uploads.cancel(other, id)).toBe(false);
    expect(await finish(store, id)).toEqual(viewOf(blob));
  });
}

function itLimitsSize(current: CurrentFixture, maxBlobBytes: number): void {
  const largest = sampleBlob(maxBlobBytes, 6);

  it('takes a blob as large as allowed, in one chunk and in two', async () => {
    const { store } = current();
    await pushBlob(store, own, largest);
    const id = await startUpload(store, other, largest.bytes.subarray(0, 100));
    await store.uploads.append(other, id, toChunk(largest.bytes.subarray(100)));
    await store.uploads.complete(other, id, largest.digest);
    expect(await viewBlob(store, own, largest.digest)).toEqual(viewOf(largest));
    expect(await viewBlob(store, other, largest.digest)).toEqual(viewOf(largest));
  });

  it.each([
    { before: 0, announced: false, why: 'in one chunk' },
    { before: 0, announced: true, why: 'in one announced chunk' },
    { before: 100, announced: false, why: 'only the sum is too large' },
    { before: maxBlobBytes, announced: true, why: 'a single byte more' },
  ])('refuses a byte more than allowed after $before bytes (announced: $announced): $why', async (row) => {
    const { store } = current();
    const id = await startUpload(store, own, largest.bytes.subarray(0, row.before));
    const bytes = new Uint8Array(maxBlobBytes + 1 - row.before);
    const chunk = { ...toChunk(bytes), ...(row.announced && { sizeBytes: bytes.byteLength }) };
    await expect(store.uploads.append(own, id, chunk)).rejects.toMatchObject(refusal('BLOB_TOO_LARGE'));
    await expect(store.uploads.complete(own, id, sampleBlob(1).digest)).rejects.toMatchObject({
      name: 'RegistryError',
    });
    expect(await store.catalog.hasRepository(own)).toBe(false);
  });
}
