/**
 * The two file systems behave alike where the storage depends on it: what the tests in memory show holds on a disk.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSystem } from './file-system.ts';
import { NODE_FILE_SYSTEM } from './node-file-system.ts';
import { createMemoryFileSystem } from '../../../test/filesystem/memory-file-system.ts';

const SYSTEMS: readonly { readonly name: string; readonly open: () => Promise<{ fs: FileSystem; root: string }> }[] = [
  {
    name: 'Node',
    open: async () => ({ fs: NODE_FILE_SYSTEM, root: await mkdtemp(join(tmpdir(), 'squizzle-registry-')) }),
  },
  {
    name: 'memory',
    async open() {
      const fs = createMemoryFileSystem();
      await fs.mkdir('/srv');
      return { fs, root: '/srv' };
    },
  },
];

describe.each(SYSTEMS)('the file system of $name', ({ name, open }) => {
  let fs: FileSystem;
  let root: string;
  beforeEach(async () => {
    ({ fs, root } = await open());
  });
  afterEach(async () => {
    if (name === 'Node') await rm(root, { recursive: true });
  });

  async function write(path: string, text: string): Promise<void> {
    const fd = await fs.open(`${root}/${path}`, 'wx', 0o644);
    await fs.write(fd, Buffer.from(text), 0);
    await fs.sync(fd);
    await fs.close(fd);
  }

  async function read(path: string): Promise<string> {
    const fd = await fs.open(`${root}/${path}`, 'r');
    const buffer = new Uint8Array(100);
    const count = await fs.read(fd, buffer, 0);
    await fs.close(fd);
    return Buffer.from(buffer.subarray(0, count)).toString();
  }

  it('writes and reads at positions, and cuts off', async () => {
    await write('a', '0123456789');
    const fd = await fs.open(`${root}/a`, 'r+');
    expect(await fs.write(fd, Buffer.from('ab'), 4)).toBe(2);
    expect(await fs.write(fd, Buffer.from('cd'), 9)).toBe(2);
    await fs.truncate(fd, 10);
    const into = new Uint8Array(3);
    expect(await fs.read(fd, into, 8)).toBe(2);
    expect(await fs.read(fd, into, 10)).toBe(0);
    expect((await fs.inspect(fd)).size).toBe(10);
    await fs.close(fd);
    expect(await read('a')).toBe('0123ab678c');
  });

  it('sets mode and time of an open file', async () => {
    await write('a', '');
    const fd = await fs.open(`${root}/a`, 'r+');
    await fs.chmod(fd, 0o444);
    await fs.touch(fd, 1_234_567_890_123);
    await fs.close(fd);
    const facts = await fs.stat(`${root}/a`);
    expect(facts.mode & 0o777).toBe(0o444);
    expect(facts.mtimeMs).toBeCloseTo(1_234_567_890_123, 0);
    expect([facts.isFile(), facts.isDirectory()]).toEqual([true, false]);
  });

  it('keeps an open file whose name is gone', async () => {
    await write('a', 'kept');
    const fd = await fs.open(`${root}/a`, 'r');
    expect((await fs.inspect(fd)).nlink).toBe(1);
    await fs.unlink(`${root}/a`);
    expect((await fs.inspect(fd)).nlink).toBe(0);
    const into = new Uint8Array(4);
    expect(await fs.read(fd, into, 0)).toBe(4);
    await fs.close(fd);
  });

  it('renames over a file, which counts one name less', async () => {
    await write('a', 'new');
    await write('b', 'old');
    await fs.link(`${root}/b`, `${root}/c`);
    await fs.rename(`${root}/a`, `${root}/b`);
    expect([await read('b'), await read('c')]).toEqual(['new', 'old']);
    expect((await fs.stat(`${root}/c`)).nlink).toBe(1);
    expect((await fs.readdir(root)).toSorted()).toEqual(['b', 'c']);
  });

  it('flushes a folder, and removes it', async () => {
    await fs.mkdir(`${root}/folder`);
    const fd = await fs.open(`${root}/folder`, 'r');
    await fs.sync(fd);
    expect((await fs.inspect(fd)).isDirectory()).toBe(true);
    await fs.close(fd);
    await fs.rmdir(`${root}/folder`);
    expect(await fs.readdir(root)).toEqual([]);
  });

  it.each<{ code: string; call: string; run: () => Promise<unknown> }>([
    { code: 'ENOENT', call: 'open', run: async () => fs.open(`${root}/absent`, 'r') },
    { code: 'EEXIST', call: 'open wx', run: async () => fs.open(`${root}/file`, 'wx') },
    { code: 'EISDIR', call: 'open r+ of a folder', run: async () => fs.open(`${root}/full`, 'r+') },
    { code: 'ENOENT', call: 'stat', run: async () => fs.stat(`${root}/absent`) },
    { code: 'ENOTDIR', call: 'stat below a file', run: async () => fs.stat(`${root}/file/a`) },
    { code: 'ENOENT', call: 'rename', run: async () => fs.rename(`${root}/absent`, `${root}/b`) },
    { code: 'ENOENT', call: 'rename to nowhere', run: async () => fs.rename(`${root}/file`, `${root}/absent/b`) },
    { code: 'EEXIST', call: 'link', run: async () => fs.link(`${root}/file`, `${root}/full/file`) },
    { code: 'ENOENT', call: 'unlink', run: async () => fs.unlink(`${root}/absent`) },
    { code: 'EEXIST', call: 'mkdir', run: async () => fs.mkdir(`${root}/full`) },
    { code: 'EEXIST', call: 'mkdir over a file', run: async () => fs.mkdir(`${root}/file`) },
    { code: 'ENOENT', call: 'mkdir below nothing', run: async () => fs.mkdir(`${root}/absent/b`) },
    { code: 'ENOTEMPTY', call: 'rmdir', run: async () => fs.rmdir(`${root}/full`) },
    { code: 'ENOENT', call: 'readdir', run: async () => fs.readdir(`${root}/absent`) },
    { code: 'ENOTDIR', call: 'readdir of a file', run: async () => fs.readdir(`${root}/file`) },
    { code: 'EBADF', call: 'close', run: async () => fs.close(987_654) },
  ])('refuses $call with $code', async ({ code, run }) => {
    await write('file', 'file');
    await fs.mkdir(`${root}/full`);
    await write('full/file', 'file');
    await expect(run()).rejects.toMatchObject({ code });
  });
});
