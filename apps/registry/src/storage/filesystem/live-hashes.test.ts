import { digestOf } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../contracts.ts';
import { APP, readBlob } from '../../../test/filesystem/samples.ts';
import { BYTES, chunk, DIGEST, openUploadBench, type UploadBench } from '../../../test/filesystem/upload-bench.ts';

let bench: UploadBench;

beforeEach(async () => {
  bench = await openUploadBench();
});

describe('the hash of an upload', () => {
  const countReads = async (work: (watched: Store) => Promise<void>): Promise<number> => {
    let reads = 0;
    const watched = await bench.openWatched(({ name, path }) => {
      if (name === 'read' && path.endsWith('/data')) reads += 1;
    });
    await work(watched);
    return reads;
  };

  it('is made as the bytes arrive: nothing is read back', async () => {
    const reads = await countReads(async (watched) => {
      const id = await bench.begin(watched);
      await watched.uploads.append(APP, id, chunk(0, 40));
      await watched.uploads.append(APP, id, chunk(40));
      await watched.uploads.complete(APP, id, DIGEST);
    });
    expect(reads).toBe(0);
    expect(await readBlob(bench.store, APP, DIGEST)).toEqual(BYTES);
  });

  it.each<{ why: string; meanwhile: (id: string) => Promise<unknown> }>([
    {
      why: 'another process wrote the next chunk',
      meanwhile: async (id) => (await bench.open()).uploads.append(APP, id, chunk(40, 60)),
    },
    {
      why: 'another process wrote the last bytes anew, as many as before',
      async meanwhile(id) {
        bench.wait(5);
        const fd = await bench.disk.open(bench.layout.upload(id).data, 'r+');
        await bench.disk.write(fd, BYTES.subarray(30, 40), 30);
        await bench.disk.close(fd);
      },
    },
    {
      why: 'a chunk was taken back',
      meanwhile: async (id) =>
        expect(bench.store.uploads.append(APP, id, { ...chunk(40), sizeBytes: 1 })).rejects.toThrow('announced'),
    },
  ])('is made anew from the file when $why', async ({ meanwhile }) => {
    const id = await bench.begin();
    await bench.store.uploads.append(APP, id, chunk(0, 40));
    await meanwhile(id);
    const { sizeBytes = 0 } = (await bench.store.uploads.status(APP, id)) ?? {};
    await bench.store.uploads.append(APP, id, chunk(sizeBytes));
    expect(await bench.store.uploads.complete(APP, id, DIGEST)).toEqual({ sizeBytes: 100 });
    expect(await readBlob(bench.store, APP, DIGEST)).toEqual(BYTES);
  });

  it('is made from the file after a restart', async () => {
    const id = await bench.begin();
    await bench.store.uploads.append(APP, id, chunk(0, 40));
    const reopened = await bench.open();
    await reopened.uploads.append(APP, id, chunk(40));
    await reopened.uploads.complete(APP, id, DIGEST);
    expect(await readBlob(reopened, APP, DIGEST)).toEqual(BYTES);
  });

  it('is made from the file in another algorithm than was announced', async () => {
    const wide = digestOf(BYTES, 'sha512');
    const id = await bench.begin();
    await bench.store.uploads.append(APP, id, chunk());
    await bench.store.uploads.complete(APP, id, wide);
    expect(await readBlob(bench.store, APP, wide)).toEqual(BYTES);
  });

  it('is forgotten when there are too many, and made from the file', async () => {
    const [first = '', ...others] = await Promise.all(Array.from({ length: 1_010 }, async () => bench.begin()));
    await bench.store.uploads.append(APP, first, chunk(0, 40));
    await Promise.all(others.map(async (id) => bench.store.uploads.append(APP, id, chunk(0, 7))));
    await bench.store.uploads.append(APP, first, chunk(40));
    await bench.store.uploads.complete(APP, first, DIGEST);
    expect(await readBlob(bench.store, APP, DIGEST)).toEqual(BYTES);
  });

  it('finds bytes that changed on the disk since they were written', async () => {
    const id = await bench.begin();
    await bench.store.uploads.append(APP, id, chunk());
    bench.disk.damage(bench.layout.upload(id).data, (all) => all.map((byte) => byte ^ 1));
    const completing = (await bench.open()).uploads.complete(APP, id, DIGEST);
    await expect(completing).rejects.toMatchObject({ kind: 'DIGEST_INVALID', detail: { expected: DIGEST } });
    expect(await readBlob(bench.store, APP, DIGEST)).toBeUndefined();
    expect(bench.sessionFiles()).toEqual([]);
  });
});
