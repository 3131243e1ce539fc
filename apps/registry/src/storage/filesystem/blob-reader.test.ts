import { beforeEach, describe, expect, it } from 'vitest';
import { openBlob } from './blob-reader.ts';
import {
  createMemoryFileSystem,
  systemError,
  type MemoryFileSystem,
} from '../../../test/filesystem/memory-file-system.ts';
import { sampleBytes } from '../../../test/filesystem/samples.ts';
import { watchFileSystem, type Call } from '../../../test/filesystem/watched-file-system.ts';

const PATH = '/blob';
const bytes = sampleBytes(100);
let disk: MemoryFileSystem;

beforeEach(async () => {
  disk = createMemoryFileSystem();
  const fd = await disk.open(PATH, 'wx');
  await disk.write(fd, bytes, 0);
  await disk.close(fd);
});

async function open(
  fs = disk as Parameters<typeof openBlob>[0],
): Promise<NonNullable<Awaited<ReturnType<typeof openBlob>>>> {
  const reader = await openBlob(fs, PATH);
  if (reader === undefined) throw new TypeError('the blob is there');
  return reader;
}

describe('openBlob', () => {
  it.each([
    { from: 0, length: 100, why: 'all of it' },
    { from: 10, length: 20, why: 'a part' },
    { from: 90, length: 50, why: 'past the end' },
    { from: 100, length: 10, why: 'from the end on' },
    { from: 150, length: 10, why: 'from beyond the end' },
    { from: 5, length: 0, why: 'nothing' },
  ])('reads $length bytes from $from: $why', async ({ from, length }) => {
    const reader = await open();
    const into = new Uint8Array(length);
    const count = await reader.read(into, from);
    expect(into.subarray(0, count)).toEqual(bytes.subarray(from, from + length));
    await reader.close();
  });

  it('goes on after reads that gave less than they could', async () => {
    const stingy = {
      ...disk,
      read: async (fd: number, into: Uint8Array, position: number) => disk.read(fd, into.subarray(0, 3), position),
    };
    const reader = await open(stingy);
    const into = new Uint8Array(100);
    expect(await reader.read(into, 0)).toBe(100);
    expect(into).toEqual(bytes);
    await reader.close();
  });

  it('finds nothing, and a folder is no blob', async () => {
    expect(await openBlob(disk, '/absent')).toBeUndefined();
    await disk.mkdir('/folder');
    await expect(openBlob(disk, '/folder')).rejects.toMatchObject({ code: 'DAMAGED' });
    expect(disk.openCount()).toBe(0);
  });

  it('throws when the file has become shorter than it was: half a blob is none', async () => {
    const reader = await open();
    disk.damage(PATH, (all) => all.subarray(0, 50));
    expect(await reader.read(new Uint8Array(50), 0)).toBe(50);
    await expect(reader.read(new Uint8Array(60), 0)).rejects.toMatchObject({ code: 'DAMAGED' });
    await reader.close();
  });

  it('goes on when the blob is deleted and another one takes its path', async () => {
    const reader = await open();
    await disk.unlink(PATH);
    const fd = await disk.open(PATH, 'wx');
    await disk.write(fd, new Uint8Array(100), 0);
    const into = new Uint8Array(100);
    await reader.read(into, 0);
    expect(into).toEqual(bytes);
    await reader.close();
  });

  it('is closed once, when the last read has ended, and not read from after that', async () => {
    const log: string[] = [];
    let letGo = (): void => undefined;
    const isRead = ({ name }: Call): boolean => name === 'read';
    const fs = watchFileSystem(disk, {
      hold: (call) => (isRead(call) ? new Promise((resolve) => (letGo = () => resolve())) : undefined),
      end: ({ name }) => void log.push(name),
    });
    const reader = await open(fs);
    log.length = 0;
    const reading = reader.read(new Uint8Array(10), 0);
    const closing = [reader.close(), reader.close()];
    await expect(reader.read(new Uint8Array(10), 0)).rejects.toThrow('after it was closed');
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual([]);
    letGo();
    expect(await reading).toBe(10);
    await Promise.all(closing);
    await reader.close();
    expect(log).toEqual(['read', 'close']);
    expect(disk.openCount()).toBe(0);
  });

  it('passes on what the disk says, and is closed all the same', async () => {
    const error = systemError('EIO');
    const fs = watchFileSystem(disk, {
      begin: ({ name }) => (name === 'read' ? { type: 'before', error } : undefined),
    });
    const reader = await open(fs);
    await expect(reader.read(new Uint8Array(1), 0)).rejects.toBe(error);
    await reader.close();
    expect(disk.openCount()).toBe(0);
  });
});
