import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLayout } from './layout.ts';
import { walkRepositories } from './repository-walk.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from '../../../test/filesystem/memory-file-system.ts';
import { watchFileSystem } from '../../../test/filesystem/watched-file-system.ts';

const layout = createLayout('/srv');

/** Folders as the storage makes them, a repository for each name. */
async function folders(names: Iterable<string>, marker = '_layers'): Promise<MemoryFileSystem> {
  const disk = createMemoryFileSystem();
  for (const name of names) await mkdirs(disk, `/srv/repositories/${name}/${marker}`);
  return disk;
}

async function mkdirs(disk: MemoryFileSystem, path: string): Promise<void> {
  const parts = path.split('/').slice(1);
  for (const at of parts.keys()) {
    await disk.mkdir(`/${parts.slice(0, at + 1).join('/')}`).catch(() => undefined);
  }
}

async function walk(disk: MemoryFileSystem, after = ''): Promise<string[]> {
  const names: string[] = [];
  for await (const name of walkRepositories(disk, layout, after)) names.push(name);
  return names;
}

describe('walkRepositories', () => {
  it('goes in the order of whole names, not of folders, and drops none that begins another', async () => {
    const names = ['a', 'a/b', 'a/b/c', 'a-b', 'a.b', 'a0', 'a__b', 'b/c', 'a/b-c', 'a/b0'];
    expect(await walk(await folders(names))).toEqual(names.toSorted());
  });

  it('finds what sorting would, from wherever it begins', async () => {
    const part = fc.constantFrom('a', 'b', 'a-b', 'a.b', 'a_b', 'a0', '0', 'b--c');
    const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const property = fc.asyncProperty(fc.uniqueArray(name, { maxLength: 12 }), name, async (names, after) => {
      const found = await walk(await folders(names), after);
      expect(found).toEqual(names.filter((each) => each > after).toSorted());
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it.each(['_layers', '_manifests'])('takes a folder with %s for a repository', async (marker) => {
    expect(await walk(await folders(['a'], marker))).toEqual(['a']);
  });

  it.each([
    { name: 'lost+found', why: 'no name of a repository' },
    { name: 'Upper', why: 'upper case' },
    { name: 'a/.hidden', why: 'not ours' },
    { name: 'a'.repeat(256), why: 'too long' },
  ])('passes over $name: $why', async ({ name }) => {
    expect(await walk(await folders(['b', name]))).toEqual(['b']);
  });

  it('passes over files, and folders without anything', async () => {
    const disk = await folders(['b']);
    await disk.mkdir('/srv/repositories/empty');
    await disk.open('/srv/repositories/file', 'wx');
    expect(await walk(disk)).toEqual(['b']);
  });

  it('finds none where there is nothing', async () => {
    expect(await walk(createMemoryFileSystem())).toEqual([]);
  });

  it('reads no folder with earlier names alone, nor one after the last it was asked for', async () => {
    const read: string[] = [];
    const names = ['a', 'a/x', 'b', 'b/x', 'b/y', 'c', 'd/x', 'e'];
    const fs = watchFileSystem(await folders(names), {
      begin: ({ path }) => void read.push(path.slice('/srv/repositories/'.length)),
    });
    const found: string[] = [];
    for await (const name of walkRepositories(fs, layout, 'b/x')) {
      found.push(name);
      if (found.length === 2) break;
    }
    expect(found).toEqual(['b/y', 'c']);
    expect(read).toEqual(['', 'b', 'b/x', 'b/y', 'c']);
  });
});
