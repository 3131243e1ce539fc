import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFilesystemStore } from './filesystem-store.ts';
import {
  createMemoryFileSystem,
  systemError,
  type MemoryFileSystem,
} from '../../../test/filesystem/memory-file-system.ts';
import { APP, sampleManifest } from '../../../test/filesystem/samples.ts';
import { watchFileSystem } from '../../../test/filesystem/watched-file-system.ts';

const ROOT = '/srv/a/registry';
const HOUR_MS = 60 * 60 * 1_000;

let disk: MemoryFileSystem;
beforeEach(() => {
  disk = createMemoryFileSystem();
});

async function write(path: string): Promise<void> {
  await disk.close(await disk.open(path, 'wx'));
}

describe('openFilesystemStore', () => {
  it('makes the root and all above it, and they survive a power failure', async () => {
    await openFilesystemStore(ROOT, { fs: disk });
    const survivor = disk.afterPowerFailure('flushed');
    expect((await survivor.readdir(ROOT)).toSorted()).toEqual(['blobs', 'repositories', 'staging', 'uploads']);
    expect(disk.files()).toEqual([]);
  });

  it('takes a path relative to the working directory, and one with a slash at its end', async () => {
    await openFilesystemStore(`${ROOT}/`, { fs: disk });
    const store = await openFilesystemStore(`${ROOT}/../registry`, { fs: disk });
    await store.manifests.put(APP, sampleManifest('a'));
    expect(disk.files().every((path) => path.startsWith(`${ROOT}/`))).toBe(true);
  });

  it.each([
    { at: '/srv/a/registry', why: 'the root' },
    { at: '/srv/a', why: 'a folder above it' },
    { at: '/srv/a/registry/blobs', why: 'one of its folders' },
  ])('refuses a file where there should be $why', async ({ at }) => {
    for (const folder of ['/srv', '/srv/a', '/srv/a/registry'])
      if (at.startsWith(`${folder}/`)) await disk.mkdir(folder);
    await write(at);
    const opening = openFilesystemStore(ROOT, { fs: disk });
    await expect(opening).rejects.toMatchObject({ name: 'StorageError', code: 'ROOT_UNUSABLE' });
    await expect(openFilesystemStore(ROOT, { fs: disk })).rejects.toThrow(`${at}: expected a folder`);
    expect(disk.openCount()).toBe(0);
  });

  it.each(['EACCES', 'EROFS', 'ENOSPC'])('refuses a root that cannot be written: %s', async (code) => {
    await openFilesystemStore(ROOT, { fs: disk });
    const fs = watchFileSystem(disk, {
      begin: ({ flags }) => (flags === 'wx' ? { type: 'before', error: systemError(code) } : undefined),
    });
    await expect(openFilesystemStore(ROOT, { fs })).rejects.toMatchObject({ code: 'ROOT_UNUSABLE' });
  });

  it('removes what killed processes left an hour ago, and not what others are still writing', async () => {
    let time = 1_700_000_000_000;
    disk = createMemoryFileSystem(() => time);
    await openFilesystemStore(ROOT, { fs: disk });
    await write(`${ROOT}/staging/old`);
    time += HOUR_MS;
    await write(`${ROOT}/staging/young`);
    time += 1;
    await openFilesystemStore(ROOT, { fs: disk, now: () => time });
    expect(await disk.readdir(`${ROOT}/staging`)).toEqual(['young']);
  });

  it('opens though a leftover cannot be removed', async () => {
    await openFilesystemStore(ROOT, { fs: disk });
    await write(`${ROOT}/staging/old`);
    const fs = watchFileSystem(disk, {
      begin: ({ name, path }) =>
        name === 'unlink' && path.endsWith('/old') ? { type: 'before', error: systemError('EACCES') } : undefined,
    });
    await openFilesystemStore(ROOT, { fs, now: () => Date.now() + 2 * HOUR_MS });
    expect(await disk.readdir(`${ROOT}/staging`)).toEqual(['old']);
  });
});

describe('on a disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'squizzle-registry-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('makes a root that is missing', async () => {
    const store = await openFilesystemStore(join(folder, 'a', 'b'));
    await store.probe();
    expect((await stat(join(folder, 'a', 'b', 'blobs'))).isDirectory()).toBe(true);
  });

  it('refuses a file', async () => {
    await writeFile(join(folder, 'file'), 'mine');
    await expect(openFilesystemStore(join(folder, 'file'))).rejects.toMatchObject({ code: 'ROOT_UNUSABLE' });
    await expect(openFilesystemStore(join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'ROOT_UNUSABLE' });
  });
});

describe('probe', () => {
  it('writes and flushes, and leaves nothing', async () => {
    const calls: string[] = [];
    const store = await openFilesystemStore(ROOT, {
      fs: watchFileSystem(disk, { begin: ({ name }) => void calls.push(name) }),
    });
    calls.length = 0;
    await store.probe();
    expect(calls).toEqual(['open', 'write', 'sync', 'close', 'unlink']);
    expect(disk.files()).toEqual([]);
  });

  it.each(['open', 'write', 'sync', 'close'])('throws what the storage threw at %s', async (name) => {
    let failing = false;
    const error = systemError('EIO');
    const fs = watchFileSystem(disk, {
      begin: (call) => (failing && call.name === name ? { type: 'before', error } : undefined),
    });
    const store = await openFilesystemStore(ROOT, { fs });
    failing = true;
    await expect(store.probe()).rejects.toBe(error);
    failing = false;
    await store.probe();
    expect(disk.files()).toEqual([]);
  });
});

describe('a store that is only read', () => {
  it('serves what is there and changes nothing, nor tries to', async () => {
    const manifest = sampleManifest('a');
    await (await openFilesystemStore(ROOT, { fs: disk })).manifests.put(APP, manifest);
    const changing = new Set(['write', 'mkdir', 'rename', 'link', 'unlink', 'rmdir', 'sync', 'touch', 'chmod']);
    const readOnly = watchFileSystem(disk, {
      begin: ({ name, flags }) =>
        changing.has(name) || flags === 'wx' ? { type: 'before', error: systemError('EROFS') } : undefined,
    });
    const store = await openFilesystemStore(ROOT, { fs: readOnly, readOnly: true });
    await store.probe();
    expect(await store.manifests.get(APP, manifest.digest)).toMatchObject({ digest: manifest.digest });
    expect(await store.catalog.listRepositories({ limit: 10 })).toEqual({ items: [APP], more: false });
    await store.close();
  });

  it('needs a folder', async () => {
    await expect(openFilesystemStore(ROOT, { fs: disk, readOnly: true })).rejects.toMatchObject({
      code: 'ROOT_UNUSABLE',
    });
    expect(disk.files()).toEqual([]);
  });
});
