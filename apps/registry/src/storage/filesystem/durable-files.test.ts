import { beforeEach, describe, expect, it } from 'vitest';
import { createDurableFiles, type DurableFiles } from './durable-files.ts';
import { createFolders } from './folders.ts';
import {
  createMemoryFileSystem,
  systemError,
  type MemoryFileSystem,
} from '../../../test/filesystem/memory-file-system.ts';
import { sampleBytes } from '../../../test/filesystem/samples.ts';
import { watchFileSystem, type Call, type Fault } from '../../../test/filesystem/watched-file-system.ts';

const ROOT = '/srv';
const PATH = '/srv/folder/leaf/link';
const bytes = sampleBytes(10);
const nothing = async (): Promise<void> => undefined;

let disk: MemoryFileSystem;
let durable: DurableFiles;
let fault: (call: Call) => Fault | undefined;

beforeEach(async () => {
  disk = createMemoryFileSystem();
  for (const folder of [ROOT, '/srv/staging', '/srv/folder', '/srv/folder/leaf']) await disk.mkdir(folder);
  fault = () => undefined;
  const fs = watchFileSystem(disk, { begin: (call) => fault(call) });
  let count = 0;
  durable = createDurableFiles(fs, createFolders(fs, ROOT), () => `/srv/staging/${(count += 1)}`);
});

describe('withStaged', () => {
  it('gives a file its place, not to be written to by anyone, and leaves nothing beside', async () => {
    await durable.withStaged([bytes], nothing, async ([staged]) => staged.publish(PATH));
    expect(disk.readFile(PATH)).toEqual(bytes);
    expect((await disk.stat(PATH)).mode & 0o222).toBe(0);
    expect(disk.files()).toEqual([PATH]);
  });

  it('replaces what is there', async () => {
    await durable.withStaged([Buffer.from('old')], nothing, async ([staged]) => staged.publish(PATH));
    await durable.withStaged([bytes], nothing, async ([staged]) => staged.publish(PATH));
    expect(disk.readFile(PATH)).toEqual(bytes);
  });

  it('removes what the work did not use', async () => {
    await durable.withStaged([bytes, bytes], nothing, async ([, second]) => second.publish(PATH));
    expect(disk.files()).toEqual([PATH]);
  });

  it.each([
    { what: 'the work', prepare: nothing, work: async () => Promise.reject(new RangeError('failed')) },
    { what: 'what is prepared', prepare: async () => Promise.reject(new RangeError('failed')), work: nothing },
  ])('removes all of it when $what fails', async ({ prepare, work }) => {
    await expect(durable.withStaged([bytes, bytes], prepare, work)).rejects.toThrow('failed');
    expect(disk.files()).toEqual([]);
    expect(disk.openCount()).toBe(0);
  });

  it('waits for the files that are still being written when one of them fails', async () => {
    fault = ({ name, path }) => {
      return name === 'write' && path.endsWith('/1') ? { type: 'before', error: systemError('EIO') } : undefined;
    };
    const contents = Array.from({ length: 100 }, () => bytes);
    await expect(durable.withStaged(contents, nothing, nothing)).rejects.toMatchObject({ code: 'EIO' });
    expect(disk.files()).toEqual([]);
    expect(disk.openCount()).toBe(0);
  });

  it('opens only so many files at once, however many it stages', async () => {
    let most = 0;
    fault = () => {
      most = Math.max(most, disk.openCount());
      return undefined;
    };
    const contents = Array.from({ length: 300 }, () => bytes);
    await durable.withStaged(contents, nothing, nothing);
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(64);
  });

  it.each([
    { folder: '/srv/folder/leaf', why: 'someone deletes what was last in it' },
    { folder: '/srv/staging', why: 'someone tidies up by hand' },
  ])('makes $folder again when it vanishes: $why', async ({ folder }) => {
    disk.remove(folder);
    await durable.withStaged([bytes], nothing, async ([staged]) => staged.publish(PATH));
    expect(disk.files()).toEqual([PATH]);
  });

  it('gives up on a folder that vanishes again and again', async () => {
    fault = ({ name }) => (name === 'rename' ? { type: 'before', error: systemError('ENOENT') } : undefined);
    const publishing = durable.withStaged([bytes], nothing, async ([staged]) => staged.publish(PATH));
    await expect(publishing).rejects.toMatchObject({ code: 'ENOENT' });
    expect(disk.files()).toEqual([]);
  });
});

describe('claim', () => {
  it('lets one of many have the name, and leaves what that one wrote', async () => {
    const claims = Array.from({ length: 20 }, async (_, at) => {
      let won = false;
      await durable.withStaged([Buffer.from(`${at}`)], nothing, async ([staged]) => {
        won = await staged.claim(PATH);
      });
      return won;
    });
    const winners = (await Promise.all(claims)).flatMap((won, at) => (won ? [at] : []));
    expect(winners).toHaveLength(1);
    expect(Buffer.from(disk.readFile(PATH)).toString()).toBe(`${winners[0]}`);
    expect(disk.files()).toEqual([PATH]);
  });
});

describe('remove', () => {
  it('removes the file and leaves its folder: someone else may be about to put something there', async () => {
    await durable.withStaged([bytes], nothing, async ([staged]) => staged.publish(PATH));
    expect(await durable.remove(PATH)).toBe(true);
    expect(disk.files()).toEqual([]);
    expect((await disk.stat('/srv/folder/leaf')).isDirectory()).toBe(true);
    expect(await durable.remove(PATH)).toBe(false);
  });

  it('leaves what else is in the folder', async () => {
    const other = '/srv/folder/leaf/other';
    for (const path of [PATH, other])
      await durable.withStaged([bytes], nothing, async ([staged]) => staged.publish(path));
    expect(await durable.remove(PATH)).toBe(true);
    expect(disk.files()).toEqual([other]);
  });

  it('makes durable what an earlier attempt removed and could not flush', async () => {
    await durable.withStaged([bytes], nothing, async ([staged]) => staged.publish(PATH));
    await disk.sync(await disk.open('/srv/folder', 'r'));
    fault = ({ name }) => (name === 'sync' ? { type: 'before', error: systemError('EIO') } : undefined);
    await expect(durable.remove(PATH)).rejects.toMatchObject({ code: 'EIO' });
    fault = () => undefined;
    expect(await durable.remove(PATH)).toBe(false);
    for (const folder of ['/', ROOT]) await disk.sync(await disk.open(folder, 'r'));
    expect(disk.afterPowerFailure('flushed').files()).toEqual([]);
  });
});
