import { describe, expect, it } from 'vitest';
import { sampleBlob, toRepository, viewBlob, viewOf } from '../contract/samples.ts';
import { describeStoreContract, type StoreFixture } from '../storage-contract.ts';
import { createMemoryStore } from './memory-store.ts';

const UPLOAD_EXPIRY_MS = 60_000;
const MAX_BLOB_BYTES = 4_000_000;

const open = async (): Promise<StoreFixture> => {
  let clockMs = 1_000;
  const store = createMemoryStore({
    now: () => clockMs,
    uploadExpiryMs: UPLOAD_EXPIRY_MS,
    maxBlobBytes: MAX_BLOB_BYTES,
  });
  const advance = (ms: number): void => {
    clockMs += ms;
  };
  return { store, advance, close: async () => store.close() };
};

describeStoreContract('memory store', open, { uploadExpiryMs: UPLOAD_EXPIRY_MS, maxBlobBytes: MAX_BLOB_BYTES });

describe('memory store', () => {
  const repository = toRepository('team/own');

  it('takes a source that fills one buffer for every chunk', async () => {
    const { blobs, uploads } = createMemoryStore();
    const store = { ...createMemoryStore(), blobs, uploads };
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
});
