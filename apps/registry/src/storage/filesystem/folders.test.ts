import { beforeEach, describe, expect, it } from 'vitest';
import { createFolders, type Folders } from './folders.ts';
import {
  createMemoryFileSystem,
  systemError,
  type MemoryFileSystem,
} from '../../../test/filesystem/memory-file-system.ts';
import { watchFileSystem, type Call, type Fault } from '../../../test/filesystem/watched-file-system.ts';

const ROOT = '/srv';
const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let disk: MemoryFileSystem;
let log: string[];
let fault: (call: Call) => Fault | undefined;
let hold: (call: Call) => Promise<void> | undefined;
let folders: Folders;

beforeEach(async () => {
  disk = createMemoryFileSystem();
  await disk.mkdir(ROOT);
  log = [];
  fault = () => undefined;
  hold = () => undefined;
  const fs = watchFileSystem(disk, {
    hold: (call) => hold(call),
    begin(call) {
      if (call.name === 'sync' || call.name === 'mkdir') log.push(`${call.name} ${call.path}`);
      return fault(call);
    },
  });
  folders = createFolders(fs, ROOT);
});

describe('ensure', () => {
  it('makes what is missing and flushes the folder above each, once', async () => {
    await folders.ensure('/srv/a/b/c');
    expect(log.toSorted()).toEqual([
      'mkdir /srv/a',
      'mkdir /srv/a/b',
      'mkdir /srv/a/b/c',
      'sync /srv',
      'sync /srv/a',
      'sync /srv/a/b',
    ]);
    log.length = 0;
    await folders.ensure('/srv/a/b/c');
    await folders.ensure('/srv/a/b');
    expect(log).toEqual([]);
  });

  it('flushes what someone else made: they may have been killed before they came to it', async () => {
    await disk.mkdir('/srv/a');
    await folders.ensure('/srv/a');
    expect(log).toEqual(['mkdir /srv/a', 'sync /srv']);
  });

  it('does not take a folder for durable whose flush failed', async () => {
    fault = ({ name }) => (name === 'sync' ? { type: 'before', error: systemError('EIO') } : undefined);
    await expect(folders.ensure('/srv/a')).rejects.toMatchObject({ code: 'EIO' });
    fault = () => undefined;
    log.length = 0;
    await folders.ensure('/srv/a');
    expect(log).toContain('sync /srv');
  });

  it('makes again what was removed from outside, when something below it is asked for', async () => {
    await folders.ensure('/srv/a/b');
    disk.remove('/srv/a');
    await folders.ensure('/srv/a/b/c');
    expect((await disk.stat('/srv/a/b/c')).isDirectory()).toBe(true);
  });

  it('reports a file that stands where a folder should be', async () => {
    await disk.open('/srv/a', 'wx');
    await expect(folders.ensure('/srv/a/b')).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

describe('ensureLeaf', () => {
  it('looks anew each time: such a folder is removed when it is empty', async () => {
    await folders.ensureLeaf('/srv/a/leaf');
    await disk.rmdir('/srv/a/leaf');
    log.length = 0;
    await folders.ensureLeaf('/srv/a/leaf');
    expect(log).toEqual(['mkdir /srv/a/leaf', 'sync /srv/a']);
  });
});

describe('flush', () => {
  /** Stops each sync until it is let go. */
  function holdSyncs(): { letGo: () => void; held: () => number } {
    const held: (() => void)[] = [];
    hold = ({ name }) => (name === 'sync' ? new Promise<void>((resolve) => held.push(resolve)) : undefined);
    return { letGo: () => held.shift()?.(), held: () => held.length };
  }

  it('is shared by all who come before it begins', async () => {
    await Promise.all(Array.from({ length: 100 }, async () => folders.flush(ROOT)));
    expect(log).toEqual(['sync /srv']);
  });

  it('is not shared by those who come after it began: their names may have come too late for it', async () => {
    const { letGo, held } = holdSyncs();
    const done: string[] = [];
    const first = folders.flush(ROOT).then(() => done.push('first'));
    await turn();
    expect(held()).toBe(1);
    const late = [1, 2, 3].map(async (each) => folders.flush(ROOT).then(() => done.push(`late ${each}`)));
    await turn();
    expect(held()).toBe(1);
    letGo();
    await first;
    await turn();
    expect(done).toEqual(['first']);
    expect(held()).toBe(1);
    letGo();
    await Promise.all(late);
    expect(log).toEqual(['sync /srv', 'sync /srv']);
  });

  it('fails for all who share it, and is tried again for those who come later', async () => {
    fault = ({ name }) => (name === 'sync' ? { type: 'before', error: systemError('EIO') } : undefined);
    const outcomes = await Promise.allSettled([folders.flush(ROOT), folders.flush(ROOT)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fault = () => undefined;
    await folders.flush(ROOT);
    expect(log).toEqual(['sync /srv', 'sync /srv']);
    expect(disk.openCount()).toBe(0);
  });

  it('goes up when the folder was removed: then it is the folder above that has lost a name', async () => {
    await disk.mkdir('/srv/a');
    await folders.flush('/srv/a/gone/leaf');
    expect(log).toEqual(['sync /srv/a']);
  });

  it('does not go above the root', async () => {
    disk.remove(ROOT);
    await expect(folders.flush('/srv/a')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    { name: 'open', code: 'EISDIR' },
    { name: 'open', code: 'EPERM' },
    { name: 'sync', code: 'EINVAL' },
    { name: 'sync', code: 'ENOTSUP' },
    { name: 'sync', code: 'ENOSYS' },
  ])('does what can be done where folders cannot be flushed: $code at $name', async ({ name, code }) => {
    fault = (call) => (call.name === name ? { type: 'before', error: systemError(code) } : undefined);
    await folders.flush(ROOT);
    expect(disk.openCount()).toBe(0);
  });
});
