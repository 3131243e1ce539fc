import { describe, expect, it } from 'vitest';
import { sampleBlob, startUpload, toRepository, viewBlob, viewOf } from '../../../test/storage-contract/samples.ts';
import { describeStoreContract, type StoreFixture } from '../../../test/storage-contract/storage-contract.ts';
import { createMemoryStore } from './memory-store.ts';

const MAX_BLOB_BYTES = 4_000_000;

const open = async (): Promise<StoreFixture> => {
  let clockMs = 1_000;
  const store = createMemoryStore({ now: () => clockMs, maxBlobBytes: MAX_BLOB_BYTES });
  const advance = (ms: number): void => {
    clockMs += ms;
  };
  return { store, advance, close: async () => store.close() };
};

describeStoreContract('memory store', open, { maxBlobBytes: MAX_BLOB_BYTES, numRuns: 100 });

describe('memory store', () => {
  const repository = toRepository('team/own');

  it('takes a source that fills one buffer for every chunk', async () => {
    const store = createMemoryStore();
    const blob = sampleBlob(1_000);
    async function* reusing(): AsyncGenerator<Uint8Array> {
      const buffer = new Uint8Array(100);
      for (let at = 0; at < 1_000; at += 100) {
        buffer.set(blob.bytes.subarray(at, at + 100));
        yield buffer;
      }
    }
    const { id } = await store.uploads.create(repository);
    await store.uploads.append(repository, id, { bytes: reusing() });
    await store.uploads.complete(repository, id, blob.digest);
    expect(await viewBlob(store, repository, blob.digest)).toEqual(viewOf(blob));
  });

  it('drops the bytes of a blob with the last repository that may read it', async () => {
    const store = createMemoryStore();
    const blob = sampleBlob(10);
    await store.uploads.complete(repository, await startUpload(store, repository, blob.bytes), blob.digest);
    const other = toRepository('team/other');
    await store.blobs.mount(other, blob.digest, repository);
    await store.blobs.delete(repository, blob.digest);
    expect(await store.blobs.holds(blob.digest)).toBe(true);
    await store.blobs.delete(other, blob.digest);
    expect(await store.blobs.holds(blob.digest)).toBe(false);
  });

  it('lets sessions expire after the time it was given', async () => {
    let clockMs = 0;
    const { uploads } = createMemoryStore({ now: () => clockMs, uploadExpiryMs: 10 });
    const { id } = await uploads.create(repository);
    clockMs = 10;
    expect(await uploads.status(repository, id)).toEqual({ id, sizeBytes: 0 });
    clockMs = 11;
    expect(await uploads.status(repository, id)).toBeUndefined();
  });

  it('names its sessions as it is told to', async () => {
    const ids = ['6f1f6f3e-0000-4000-8000-000000000001', '6f1f6f3e-0000-4000-8000-000000000002'];
    const given = [...ids];
    const { uploads } = createMemoryStore({ randomId: () => given.shift() ?? '' });
    expect([await uploads.create(repository), await uploads.create(repository)]).toEqual(
      ids.map((id) => ({ id, sizeBytes: 0 })),
    );
  });
});
