import { digestOf } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FileSystem } from './file-system.ts';
import { systemError } from '../../../test/filesystem/memory-file-system.ts';
import { APP, inChunks, readBlob, sampleBytes } from '../../../test/filesystem/samples.ts';
import {
  BYTES,
  chunk,
  DIGEST,
  openUploadBench,
  turn,
  type UploadBench,
} from '../../../test/filesystem/upload-bench.ts';

let bench: UploadBench;

beforeEach(async () => {
  bench = await openUploadBench();
});

describe('a chunk', () => {
  it.each([
    { why: 'the disk is full', code: 'ENOSPC' },
    { why: 'the quota is used up', code: 'EDQUOT' },
  ])('is taken back when $why half-way, and can be sent again', async ({ code }) => {
    let writes = 0;
    const cause = systemError(code);
    const watched = await bench.openWatched(({ name, path }) =>
      name === 'write' && path.endsWith('/data') && (writes += 1) === 12 ? { type: 'before', error: cause } : undefined,
    );
    const id = await bench.begin(watched);
    await watched.uploads.append(APP, id, chunk(0, 40));
    const appending = watched.uploads.append(APP, id, chunk(40));
    await expect(appending).rejects.toMatchObject({ kind: 'STORAGE_FULL', cause });
    expect(await watched.uploads.status(APP, id)).toEqual({ id, sizeBytes: 40 });
    expect(bench.disk.readFile(bench.layout.upload(id).data)).toEqual(BYTES.subarray(0, 40));
    await watched.uploads.append(APP, id, chunk(40));
    await watched.uploads.complete(APP, id, DIGEST);
    expect(await readBlob(bench.store, APP, DIGEST)).toEqual(BYTES);
  });

  it('ends the session when it can neither be written nor taken back', async () => {
    const watched = await bench.openWatched(({ name, path }) =>
      path.endsWith('/data') && (name === 'write' || name === 'truncate')
        ? { type: 'before', error: systemError('EIO') }
        : undefined,
    );
    const id = await bench.begin(watched);
    await expect(watched.uploads.append(APP, id, chunk())).rejects.toMatchObject({ code: 'EIO' });
    expect(await watched.uploads.status(APP, id)).toBeUndefined();
    expect(bench.sessionFiles()).toEqual([]);
    expect(bench.disk.openCount()).toBe(0);
  });

  it('is written on when the file system takes less than it was given', async () => {
    const watched = await bench.openWatched(({ name, path }) =>
      name === 'write' && path.endsWith('/data') ? { type: 'short' } : undefined,
    );
    const id = await bench.begin(watched);
    await watched.uploads.append(APP, id, chunk());
    await watched.uploads.complete(APP, id, DIGEST);
    expect(await readBlob(bench.store, APP, DIGEST)).toEqual(BYTES);
  });

  it('that announces more than a blob may have is refused before it is read', async () => {
    const small = await bench.open(bench.disk, { maxBlobBytes: 99 });
    const id = await bench.begin(small);
    let read = false;
    const untouched = async function* (): AsyncGenerator<Uint8Array> {
      read = true;
      yield BYTES;
    };
    const appending = small.uploads.append(APP, id, { bytes: untouched(), sizeBytes: 100 });
    await expect(appending).rejects.toMatchObject({ kind: 'BLOB_TOO_LARGE' });
    expect(read).toBe(false);
    await small.uploads.append(APP, id, chunk(0, 99));
    await expect(small.uploads.append(APP, id, chunk(99))).rejects.toMatchObject({ kind: 'BLOB_TOO_LARGE' });
    expect(await small.uploads.status(APP, id)).toEqual({ id, sizeBytes: 99 });
  });

  it('that is large goes piece by piece, so that others get their turn', async () => {
    const large = sampleBytes(1_000_000);
    const sizes: number[] = [];
    const fs: FileSystem = {
      ...bench.disk,
      async write(fd, from, position) {
        sizes.push(from.byteLength);
        return bench.disk.write(fd, from, position);
      },
    };
    const watched = await bench.open(fs);
    const id = await bench.begin(watched);
    sizes.length = 0;
    await watched.uploads.append(APP, id, { bytes: inChunks(large, large.byteLength) });
    expect(sizes).toEqual([262_144, 262_144, 262_144, 213_568]);
    await watched.uploads.complete(APP, id, digestOf(large));
    expect(await bench.store.blobs.stat(APP, digestOf(large))).toEqual({ sizeBytes: large.byteLength });
  });

  it('waits while as many others are being written as may be', async () => {
    let writing = 0;
    let most = 0;
    const fs: FileSystem = {
      ...bench.disk,
      async write(fd, from, position) {
        writing += 1;
        most = Math.max(most, writing);
        await turn();
        writing -= 1;
        return bench.disk.write(fd, from, position);
      },
    };
    const watched = await bench.open(fs, { concurrentWrites: 3 });
    const ids: string[] = [];
    for (let count = 0; count < 20; count += 1) ids.push(await bench.begin(watched));
    most = 0;
    await Promise.all(ids.map(async (id) => watched.uploads.append(APP, id, chunk(0, 14))));
    expect(most).toBe(3);
  });
});
