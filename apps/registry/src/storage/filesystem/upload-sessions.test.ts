import { digestOf } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemError } from '../../../test/filesystem/memory-file-system.ts';
import { APP, inChunks, OTHER, readBlob, sampleBytes } from '../../../test/filesystem/samples.ts';
import {
  BYTES,
  chunk,
  DIGEST,
  heldChunk,
  HOUR_MS,
  openUploadBench,
  turn,
  type UploadBench,
} from '../../../test/filesystem/upload-bench.ts';

let bench: UploadBench;

beforeEach(async () => {
  bench = await openUploadBench();
});

describe('completing', () => {
  it('keeps the session when the blob cannot be moved, and succeeds when it is tried again', async () => {
    let failures = 1;
    const watched = await bench.openWatched(({ name, to }) =>
      name === 'rename' && to === bench.layout.blob(DIGEST) && (failures -= 1) === 0
        ? { type: 'before', error: systemError('EIO') }
        : undefined,
    );
    const id = await bench.begin(watched);
    await watched.uploads.append(APP, id, chunk());
    await expect(watched.uploads.complete(APP, id, DIGEST)).rejects.toMatchObject({ code: 'EIO' });
    expect(await watched.uploads.complete(APP, id, DIGEST)).toEqual({ sizeBytes: 100 });
    expect(await readBlob(bench.store, APP, DIGEST)).toEqual(BYTES);
  });

  it('says what is wrong with the storage when a folder keeps vanishing, and keeps the session', async () => {
    const watched = await bench.openWatched(({ name, to }) =>
      name === 'rename' && to === bench.layout.blob(DIGEST)
        ? { type: 'before', error: systemError('ENOENT') }
        : undefined,
    );
    const id = await bench.begin(watched);
    await watched.uploads.append(APP, id, chunk());
    await expect(watched.uploads.complete(APP, id, DIGEST)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await bench.store.uploads.complete(APP, id, DIGEST)).toEqual({ sizeBytes: 100 });
  });

  it('ends the session when its bytes could not be flushed: a second attempt might say they were', async () => {
    const watched = await bench.openWatched(({ name, path }) =>
      name === 'sync' && path.endsWith('/data') ? { type: 'before', error: systemError('EIO') } : undefined,
    );
    const id = await bench.begin(watched);
    await watched.uploads.append(APP, id, chunk());
    await expect(watched.uploads.complete(APP, id, DIGEST)).rejects.toMatchObject({ code: 'EIO' });
    await expect(watched.uploads.complete(APP, id, DIGEST)).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    expect(await bench.store.blobs.holds(DIGEST)).toBe(false);
    expect(bench.sessionFiles()).toEqual([]);
  });

  it('does not flush what the storage has already', async () => {
    const synced: string[] = [];
    const watched = await bench.openWatched(({ name, path }) => {
      if (name === 'sync') synced.push(path);
    });
    for (const repository of [APP, OTHER]) {
      const { id } = await watched.uploads.create(repository);
      await watched.uploads.append(repository, id, chunk());
      await watched.uploads.complete(repository, id, DIGEST);
    }
    expect(synced.filter((path) => path.endsWith('/data'))).toHaveLength(1);
    expect(bench.sessionFiles()).toEqual([]);
  });

  it.each([
    { what: 'shorter', damage: (all: Uint8Array) => all.subarray(1) },
    { what: 'longer', damage: (all: Uint8Array) => Buffer.concat([all, all]) },
    { what: 'empty', damage: () => new Uint8Array() },
  ])('replaces a blob that became $what on the disk', async ({ damage }) => {
    for (const repository of [APP, OTHER]) {
      const { id } = await bench.store.uploads.create(repository);
      await bench.store.uploads.append(repository, id, chunk());
      await bench.store.uploads.complete(repository, id, DIGEST);
      if (repository === APP) bench.disk.damage(bench.layout.blob(DIGEST), damage);
    }
    expect(await readBlob(bench.store, APP, DIGEST)).toEqual(BYTES);
  });

  it('leaves a blob that nobody may write to', async () => {
    const id = await bench.begin();
    await bench.store.uploads.append(APP, id, chunk());
    await bench.store.uploads.complete(APP, id, DIGEST);
    expect((await bench.disk.stat(bench.layout.blob(DIGEST))).mode & 0o777).toBe(0o444);
  });
});

describe('a session', () => {
  it('cancelled while a chunk arrives is gone at once, and the chunk is told so', async () => {
    const id = await bench.begin();
    const held = heldChunk();
    const appending = bench.store.uploads.append(APP, id, held);
    await turn();
    expect(await bench.store.uploads.cancel(APP, id)).toBe(true);
    expect(await bench.store.uploads.status(APP, id)).toBeUndefined();
    held.letGo();
    await expect(appending).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    expect(await bench.store.uploads.cancel(APP, id)).toBe(false);
    expect(bench.sessionFiles()).toEqual([]);
    expect(bench.disk.openCount()).toBe(0);
  });

  it('cancelled while a chunk arrives reads no further', async () => {
    const id = await bench.begin();
    let read = 0;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (; read < 10; read += 1) {
        if (read === 3) await bench.store.uploads.cancel(APP, id);
        yield BYTES;
      }
    };
    const appending = bench.store.uploads.append(APP, id, { bytes: source() });
    await expect(appending).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    expect(read).toBe(3);
  });

  it('removed by another process while a chunk arrives is told so at the end', async () => {
    const id = await bench.begin();
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield BYTES.subarray(0, 10);
      await (await bench.open()).uploads.cancel(APP, id);
      yield BYTES.subarray(10);
    };
    await expect(bench.store.uploads.append(APP, id, { bytes: source() })).rejects.toMatchObject({
      kind: 'UPLOAD_UNKNOWN',
    });
    expect(bench.disk.openCount()).toBe(0);
  });

  it('cancelled while it is completed either was cancelled or is a blob', async () => {
    const rounds = Array.from({ length: 40 }, (_, at) => at);
    for (const delay of rounds) {
      const content = sampleBytes(20, delay);
      const id = await bench.begin();
      await bench.store.uploads.append(APP, id, { bytes: inChunks(content) });
      const completing = bench.store.uploads.complete(APP, id, digestOf(content)).then(
        () => 'complete',
        (thrown: { kind?: string }) => thrown.kind,
      );
      for (let wait = 0; wait < delay; wait += 1) await Promise.resolve();
      await bench.store.uploads.cancel(APP, id);
      const outcome = await completing;
      expect(['complete', 'UPLOAD_UNKNOWN']).toContain(outcome);
      const found = await readBlob(bench.store, APP, digestOf(content));
      expect(found).toEqual(outcome === 'complete' ? content : undefined);
      expect(bench.sessionFiles()).toEqual([]);
    }
  });

  it.each([
    { id: 'unknown', why: 'no UUID' },
    { id: '../../etc/passwd', why: 'a path' },
    { id: '', why: 'nothing' },
    { id: '00000000-0000-4000-8000-000000000000', why: 'nobody began it' },
  ])('called "$id" is unknown to every operation: $why', async ({ id }) => {
    const seen: string[] = [];
    const { uploads } = await bench.openWatched(({ path }) => void seen.push(path));
    seen.length = 0;
    expect(await uploads.status(APP, id)).toBeUndefined();
    expect(await uploads.cancel(APP, id)).toBe(false);
    await expect(uploads.append(APP, id, chunk())).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    await expect(uploads.complete(APP, id, DIGEST)).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    expect(seen.filter((path) => !path.startsWith(`/srv/uploads/0000`))).toEqual([]);
  });

  it.each([
    { content: '', why: 'never flushed' },
    { content: '{"repository":', why: 'half of it' },
    { content: '{"repository":"team/app","algorithm":"md5"}\n', why: 'an algorithm of another time' },
    { content: 'null\n', why: 'no object' },
  ])('whose state is damaged is unknown, and goes with the expired ones: $why', async ({ content }) => {
    const id = await bench.begin();
    bench.disk.damage(bench.layout.upload(id).state, () => Buffer.from(content));
    expect(await bench.store.uploads.status(APP, id)).toBeUndefined();
    bench.wait(HOUR_MS + 1);
    await bench.store.uploads.removeExpired();
    expect(await bench.disk.readdir(bench.layout.uploads)).toEqual([]);
  });

  it('of which a power failure kept both names of its bytes is not written to: they are a blob now', async () => {
    const id = await bench.begin();
    await bench.store.uploads.append(APP, id, chunk(0, 40));
    await bench.disk.link(bench.layout.upload(id).data, `/srv/blobs/other`);
    await expect(bench.store.uploads.append(APP, id, chunk(40))).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    expect(bench.disk.readFile(`/srv/blobs/other`)).toEqual(BYTES.subarray(0, 40));
  });

  it('that could not be made whole leaves nothing', async () => {
    const watched = await bench.openWatched(({ name, path }) =>
      name === 'write' && path.endsWith('/state') ? { type: 'before', error: systemError('ENOSPC') } : undefined,
    );
    await expect(watched.uploads.create(APP)).rejects.toMatchObject({ kind: 'STORAGE_FULL' });
    expect(await bench.disk.readdir(bench.layout.uploads)).toEqual([]);
  });
});

describe('removeExpired', () => {
  it('counts from the last chunk, also one without bytes', async () => {
    const id = await bench.begin();
    bench.wait(HOUR_MS);
    await bench.store.uploads.append(APP, id, chunk(0, 0));
    bench.wait(HOUR_MS);
    expect(await bench.store.uploads.removeExpired()).toBe(0);
    bench.wait(1);
    expect(await bench.store.uploads.status(APP, id)).toBeUndefined();
    await expect(bench.store.uploads.append(APP, id, chunk())).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    await expect(bench.store.uploads.complete(APP, id, DIGEST)).rejects.toMatchObject({ kind: 'UPLOAD_UNKNOWN' });
    expect(await bench.store.uploads.cancel(APP, id)).toBe(false);
    expect(await bench.store.uploads.removeExpired()).toBe(1);
    expect(await bench.disk.readdir(bench.layout.uploads)).toEqual([]);
  });

  it('leaves sessions alone that a chunk is arriving in', async () => {
    const id = await bench.begin();
    const held = heldChunk();
    const appending = bench.store.uploads.append(APP, id, held);
    await turn();
    bench.wait(2 * HOUR_MS);
    expect(await bench.store.uploads.removeExpired()).toBe(0);
    expect(await bench.store.uploads.status(APP, id)).toEqual({ id, sizeBytes: 10 });
    held.letGo();
    expect(await appending).toEqual({ id, sizeBytes: 100 });
  });

  it('removes what is left of sessions, and nothing that is not ours', async () => {
    const ids = [await bench.begin(), await bench.begin(), await bench.begin()];
    bench.disk.remove(bench.layout.upload(ids[0] ?? '').state);
    bench.disk.remove(bench.layout.upload(ids[1] ?? '').data);
    await bench.disk.mkdir(`/srv/uploads/notes`);
    expect(await bench.store.uploads.removeExpired()).toBe(0);
    bench.wait(HOUR_MS + 1);
    expect(await bench.store.uploads.removeExpired()).toBe(2);
    expect(await bench.disk.readdir(bench.layout.uploads)).toEqual(['notes']);
  });

  it('goes on with the others when one cannot be removed, and says so', async () => {
    const ids = [await bench.begin(), await bench.begin(), await bench.begin()];
    bench.wait(HOUR_MS + 1);
    const stuck = bench.layout.upload(ids[1] ?? '').data;
    const watched = await bench.openWatched(({ name, path }) =>
      name === 'unlink' && path === stuck ? { type: 'before', error: systemError('EIO') } : undefined,
    );
    await expect(watched.uploads.removeExpired()).rejects.toMatchObject({ code: 'EIO' });
    expect(await bench.disk.readdir(bench.layout.uploads)).toEqual([ids[1]]);
  });
});
