import { execFileSync } from 'node:child_process';
import nodeFs from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { LayerEntry } from '@squizzle/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeContext, type ContextItems } from '../../../test/context-folder.ts';
import { useTemporaryFolder } from '../../../test/temporary-folder.ts';
import { systemError } from '../../../test/watched-fs.ts';
import type { ContextFs } from './context-fs.ts';
import { openContext } from './open-context.ts';
import { readAhead } from './read-ahead.ts';
import { walkContext } from './walk-context.ts';

const folder = useTemporaryFolder();

interface WalkOptions {
  readonly fs?: ContextFs;
  readonly exclusions?: readonly string[];
  readonly storageDir?: string;
  readonly signal?: AbortSignal;
}

async function* entriesOf(contextPath: string, options: WalkOptions = {}): AsyncGenerator<LayerEntry> {
  const { fs = nodeFs, exclusions = [], storageDir = '/nowhere', signal } = options;
  yield* readAhead(walkContext(await openContext(fs, { contextPath, exclusions, storageDir, signal })));
}

async function read(entry: LayerEntry): Promise<string> {
  if (entry.type !== 'file') return entry.type === 'link' ? `-> ${entry.target}` : '/';
  const chunks: Buffer[] = [];
  for await (const chunk of entry.open()) chunks.push(Buffer.from(chunk));
  return `${entry.mode === 0o755 ? '#! ' : ''}${Buffer.concat(chunks).toString()}`;
}

/** Every entry by its path, in order, with what it is. */
async function walk(contextPath: string, options?: WalkOptions): Promise<readonly (readonly [string, string])[]> {
  const found: [string, string][] = [];
  for await (const entry of entriesOf(contextPath, options)) found.push([entry.path, await read(entry)]);
  return found;
}

const inFolder = async (items: ContextItems): Promise<string> => writeContext(join(folder(), 'context'), items);
const paths = async (items: ContextItems, options?: WalkOptions): Promise<readonly string[]> =>
  (await walk(await inFolder(items), options)).map(([path]) => path);

describe('a context', () => {
  it('is its files, folders and links, each folder before what is in it, in the byte order of names', async () => {
    const context = await inFolder({
      'b.txt': 'b',
      'a/2': 'two',
      'a/1/x': { run: 'x' },
      'a-b': 'before a/ in no order that counts',
      'größe/😀': 'smile',
      'größe/\uffee': 'half',
      'z-empty': 'folder/',
      here: { link: 'a/2' },
      gone: { link: './nothing/../here' },
    });
    expect(await walk(context)).toEqual([
      ['a', '/'],
      ['a/1', '/'],
      ['a/1/x', '#! x'],
      ['a/2', 'two'],
      ['a-b', 'before a/ in no order that counts'],
      ['b.txt', 'b'],
      ['gone', '-> ./nothing/../here'],
      ['größe', '/'],
      ['größe/\uffee', 'half'],
      ['größe/😀', 'smile'],
      ['here', '-> a/2'],
      ['z-empty', '/'],
    ]);
  });

  it('may be empty', async () => {
    expect(await paths({})).toEqual([]);
  });

  it('may be given by a link', async () => {
    await symlinkTo('context', await inFolder({ a: '1' }));
    expect(await walk(join(folder(), 'link'))).toEqual([['a', '1']]);
  });

  it('may have files of every size around the pieces they are read in', async () => {
    const sizes = [0, 1, 32_767, 32_768, 32_769, 65_536, 65_537, 200_000];
    const context = await inFolder(Object.fromEntries(sizes.map((size) => [`f${size}`, 'x'.repeat(size)])));
    const found = new Map(await walk(context));
    expect(sizes.map((size) => found.get(`f${size}`)?.length)).toEqual(sizes);
  });

  it('may have folders of more names than are looked at together', async () => {
    const names = Array.from({ length: 200 }, (_, at) => `f${String(at).padStart(3, '0')}`);
    expect(await paths(Object.fromEntries(names.map((name) => [name, name])))).toEqual(names);
  });

  async function symlinkTo(name: string, target: string): Promise<void> {
    await nodeFs.symlink(target, join(folder(), name === 'context' ? 'link' : name));
  }
});

describe('what is left out', () => {
  const items: ContextItems = {
    '.dockerignore': 'node_modules\n**/*.log\n!keep/a.log\n',
    'app.ts': '',
    'a.log': '',
    'keep/a.log': '',
    'keep/b.log': '',
    'node_modules/x/y': '',
  };

  it('follows .dockerignore, which is itself part of the context', async () => {
    expect(await paths(items)).toEqual(['.dockerignore', 'app.ts', 'keep', 'keep/a.log']);
  });

  it('follows the exclusions after that', async () => {
    expect(await paths(items, { exclusions: ['.dockerignore', '!a.log', 'keep'] })).toEqual(['a.log', 'app.ts']);
  });

  it('has no folders of which nothing is in', async () => {
    const deep = { 'x/y/z/keep': '', 'x/y/other': '', 'x/w/other': '' };
    expect(await paths(deep, { exclusions: ['**', '!x/y/z/keep'] })).toEqual(['x', 'x/y', 'x/y/z', 'x/y/z/keep']);
  });

  it('is not even looked at, where nothing of it is taken back', async () => {
    const context = await inFolder({ 'out/secret': '', 'out/link': { link: '/etc/passwd' }, in: '' });
    const looked: string[] = [];
    const fs: ContextFs = {
      ...nodeFs,
      lstat: async (path, options) => {
        looked.push(basename(path));
        return nodeFs.lstat(path, options);
      },
    };
    expect(await walk(context, { fs, exclusions: ['out'] })).toEqual([['in', '']]);
    expect(looked).not.toContain('out');
  });

  it.each([{ made: true }, { made: false }])(
    'is the folder that images are kept in, when it lies in the context (there already: $made)',
    async ({ made }) => {
      const context = await inFolder({ a: '', ...(made ? { 'out/images/old.tar': '' } : {}), 'out/images2': '' });
      const storageDir = join(context, 'out', 'images');
      const exclusions = ['!out/images'];
      expect((await walk(context, { storageDir, exclusions })).map(([path]) => path)).toEqual([
        'a',
        'out',
        'out/images2',
      ]);
    },
  );

  it('is not the whole context: that cannot be where images are kept', async () => {
    const context = await inFolder({ a: '' });
    await expect(walk(context, { storageDir: context })).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
  });
});

describe('links', () => {
  it.each([
    { items: { link: { link: '/etc/passwd' } }, why: 'an absolute one' },
    { items: { link: { link: '..' } }, why: 'to the folder above' },
    { items: { link: { link: '../outside' } }, why: 'beside the context' },
    { items: { 'a/b/link': { link: '../../../outside' } }, why: 'from deep below' },
    { items: { link: { link: 'a/../../outside' } }, why: 'down and up' },
    { items: { link: { link: 'missing/../../outside' } }, why: 'through what is not there' },
    { items: { link: { link: '../context/a' }, a: '' }, why: 'out and in again' },
    { items: { 'x/up': { link: '..' }, link: { link: 'x/up/../outside' } }, why: 'through a link to a folder above' },
    { items: { 'x/y/up': { link: '../..' }, 'x/link': { link: 'y/up/../outside' } }, why: 'that only reads as inside' },
  ] satisfies { items: ContextItems; why: string }[])('may not lead out: $why', async ({ items }) => {
    const walked = walk(await inFolder(items));
    const path = Object.keys(items).find((each) => basename(each) === 'link');
    await expect(walked).rejects.toMatchObject({ code: 'CONTEXT_INVALID', details: { path } });
    await expect(walked).rejects.toThrow('leads out of the context');
  });

  it('may not lead out through a link that is itself left out', async () => {
    const items = { out: { link: '/etc' }, link: { link: 'out/passwd' } };
    const context = await inFolder(items);
    await expect(walk(context, { exclusions: ['out'] })).rejects.toMatchObject({ details: { path: 'link' } });
    expect(await walk(context, { exclusions: ['out', 'link'] })).toEqual([]);
  });

  it('may not lead around in a circle', async () => {
    await expect(walk(await inFolder({ a: { link: 'b' }, b: { link: 'a' } }))).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
      details: { path: 'a', reason: expect.stringContaining('circle') as string },
    });
  });

  it.each([
    { items: { a: '', link: { link: 'a' } }, why: 'a file beside it' },
    { items: { a: '', 'b/c/link': { link: '../../a' } }, why: 'up, no further than the context' },
    { items: { 'x/here': { link: '.' }, link: { link: 'x/here/here/../y' } }, why: 'through links' },
    { items: { link: { link: 'a//./b/' } }, why: 'slashes and dots that mean nothing' },
    { items: { a: '', link: { link: 'a/b' } }, why: 'something below a file' },
  ] satisfies { items: ContextItems; why: string }[])('stay as they are: $why', async ({ items }) => {
    const found = new Map(await walk(await inFolder(items)));
    const [path, item] = Object.entries(items).find(([each]) => basename(each) === 'link') ?? [];
    expect(found.get(path ?? '')).toBe(`-> ${(item as { link: string }).link}`);
  });

  it('never lead out, whatever they say: what the system would find outside is refused', async () => {
    const step = fc.constantFrom('..', '..', '.', 'a', 'b', 'c', 'outside');
    const target = fc
      .tuple(fc.constantFrom('', '', '/'), fc.array(step, { minLength: 1, maxLength: 5 }))
      .map(([start, steps]) => start + steps.join('/'));
    const name = fc.constantFrom('a', 'b', 'c', 'a/a', 'a/b', 'b/a', 'b/b', 'a/b/c', 'c/a');
    const item = fc.oneof(
      target.map((link) => ({ link })),
      fc.constant('folder/' as const),
      fc.constant('text'),
    );
    const trees = fc.uniqueArray(fc.tuple(name, item), { minLength: 1, maxLength: 6, selector: ([path]) => path });
    let round = 0;
    let [refused, kept] = [0, 0];
    const property = fc.asyncProperty(trees, async (tree) => {
      const above = join(folder(), `round-${(round += 1)}`);
      const root = await writeContext(join(above, 'context'), {});
      await writeContext(above, { outside: 'secret', 'a/secret': 'secret' });
      for (const [path, each] of tree) {
        // Through a link it would be written where the link leads: anywhere.
        if (await isBelow(root, dirname(path))) await writeContext(root, { [path]: each }).catch(() => undefined);
      }
      const outcome = await walk(root).catch((thrown: unknown) => thrown);
      const outside = await firstOutside(root);
      if (outside !== undefined || outcome instanceof Error) {
        expect(outcome, `${JSON.stringify(tree)}: ${outside ?? ''}`).toMatchObject({ code: 'CONTEXT_INVALID' });
        refused += 1;
      } else {
        expect(JSON.stringify(outcome)).not.toContain('secret"');
        kept += 1;
      }
    });
    await fc.assert(property, { numRuns: 80 });
    expect(Math.min(refused, kept), 'both happen').toBeGreaterThan(10);
  });

  /** Whether the folder can be made, or is there, without following a link. */
  async function isBelow(root: string, path: string): Promise<boolean> {
    const parts = path === '.' ? [] : path.split('/');
    for (const depth of parts.keys()) {
      const found = await nodeFs.lstat(join(root, ...parts.slice(0, depth + 1))).catch(() => undefined);
      if (found === undefined) return true;
      if (!found.isDirectory()) return false;
    }
    return true;
  }

  /** As the system follows links: the first that leads to something outside. No link is followed to find more. */
  async function firstOutside(root: string, folderPath = root): Promise<string | undefined> {
    for (const item of await nodeFs.readdir(folderPath, { withFileTypes: true })) {
      const path = join(folderPath, item.name);
      const real = await nodeFs.realpath(path).catch(() => root);
      if (real !== root && !real.startsWith(`${root}/`)) return path;
      const below = item.isDirectory() ? await firstOutside(root, path) : undefined;
      if (below !== undefined) return below;
    }
    return undefined;
  }
});

describe('a context that cannot become an image', () => {
  const failing = (operation: 'lstat' | 'readdir' | 'open' | 'readlink', name: string, code: string): ContextFs => ({
    ...nodeFs,
    [operation]: async (path: string, options: never) => {
      if (basename(path) === name) throw systemError(code, operation);
      return (nodeFs[operation] as unknown as (path: string, options: never) => Promise<never>)(path, options);
    },
  });

  it.each([
    { fs: failing('open', 'f', 'EACCES'), path: 'd/f', reason: 'give this user the right', why: 'an unreadable file' },
    {
      fs: failing('readdir', 'd', 'EACCES'),
      path: 'd',
      reason: 'give this user the right',
      why: 'an unreadable folder',
    },
    { fs: failing('lstat', 'f', 'ENOENT'), path: 'd/f', reason: 'vanished', why: 'a file that is gone' },
    {
      fs: failing('readlink', 'l', 'EIO'),
      path: 'l',
      reason: 'the disk reports a fault',
      why: 'a link that cannot be read',
    },
    { fs: failing('open', 'f', 'ELOOP'), path: 'd/f', reason: 'became a link', why: 'a link in place of a file' },
    { fs: failing('open', 'f', 'EWEIRD'), path: 'd/f', reason: 'EWEIRD', why: 'a fault nobody foresaw' },
  ])('names what is at fault: $why', async ({ fs, path, reason }) => {
    const context = await inFolder({ 'd/f': 'x', l: { link: 'd' } });
    await expect(walk(context, { fs })).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
      message: expect.stringContaining(`${path} `) as string,
      details: { path, reason: expect.stringContaining(reason) as string },
    });
  });

  it.each([
    { make: async (path: string) => nodeFs.writeFile(path, 'x'), reason: 'is no folder', why: 'a file' },
    { make: async () => undefined, reason: 'does not exist', why: 'nothing' },
  ])('is $why', async ({ make, reason }) => {
    const path = join(folder(), 'context');
    await make(path);
    await expect(walk(path)).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
      details: { path, reason: expect.stringContaining(reason) as string },
    });
  });

  it('holds a pipe, unless that is left out', async () => {
    const context = await inFolder({ a: '' });
    execFileSync('mkfifo', [join(context, 'pipe')]);
    await expect(walk(context)).rejects.toMatchObject({ code: 'CONTEXT_INVALID', details: { path: 'pipe' } });
    expect(await walk(context, { exclusions: ['pipe'] })).toHaveLength(1);
  });

  it('holds a socket', async () => {
    const context = await inFolder({});
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(join(context, 's'), resolve));
    await expect(walk(context)).rejects.toMatchObject({ code: 'CONTEXT_INVALID', details: { path: 's' } });
    await new Promise((resolve) => void server.close(resolve));
  });

  it.each([
    { items: { '.dockerignore/x': '' }, path: '.dockerignore', why: 'a folder for .dockerignore' },
    { items: { '.dockerignore': { link: '/etc/passwd' } }, path: '.dockerignore', why: 'a link for .dockerignore' },
    { items: { '.dockerignore': 'a\n[b' }, path: '.dockerignore', why: 'a pattern that is none' },
    { items: { '.dockerignore': 'x'.repeat(1_048_577) }, path: '.dockerignore', why: 'far too many patterns' },
  ] satisfies { items: ContextItems; path: string; why: string }[])('has $why', async ({ items, path }) => {
    await expect(paths(items)).rejects.toMatchObject({ code: 'CONTEXT_INVALID', details: { path } });
  });

  it('has an exclusion that is none', async () => {
    await expect(paths({}, { exclusions: ['a', '[b'] })).rejects.toMatchObject({
      details: { path: 'exclusions', reason: expect.stringContaining('line 2') as string },
    });
  });

  it('has a name that is not UTF-8', async () => {
    const context = await inFolder({});
    await nodeFs.writeFile(Buffer.concat([Buffer.from(`${context}/`), Buffer.of(0xff)]), '');
    await expect(walk(context)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
  });

  it.each([
    { change: async (path: string) => nodeFs.appendFile(path, 'more'), why: 'it grew' },
    { change: async (path: string) => nodeFs.truncate(path, 10), why: 'it shrank' },
    { change: async (path: string) => nodeFs.truncate(path, 0), why: 'it is empty now' },
    { change: async (path: string) => nodeFs.utimes(path, 1, 1), why: 'it was written again' },
    {
      change: async (path: string) => {
        await nodeFs.writeFile(`${path}.new`, 'x'.repeat(100_000));
        await nodeFs.rename(`${path}.new`, path);
      },
      why: 'it is another file',
    },
  ])('has a file that changes after it was seen: $why', async ({ change }) => {
    const context = await inFolder({ big: 'x'.repeat(100_000) });
    const reading = async (): Promise<void> => {
      for await (const entry of entriesOf(context)) {
        await change(join(context, 'big'));
        await read(entry);
      }
    };
    await expect(reading()).rejects.toMatchObject({
      code: 'CONTEXT_INVALID',
      details: { path: 'big', reason: expect.stringContaining('changed while') as string },
    });
  });

  it('is left when the signal says so', async () => {
    const context = await inFolder({ a: '', b: '' });
    const signal = AbortSignal.abort(new RangeError('enough'));
    await expect(walk(context, { signal })).rejects.toThrow('enough');
  });

  it('closes every file, also those that were read ahead and not wanted', async () => {
    const context = await inFolder(Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}`, 'x'])));
    let open = 0;
    const fs: ContextFs = {
      ...nodeFs,
      open: async (path, flags) => {
        const file = await nodeFs.open(path, flags);
        open += 1;
        const close = async (): Promise<void> => {
          open -= 1;
          await file.close();
        };
        return Object.assign(Object.create(file) as typeof file, { close });
      },
    };
    for await (const entry of entriesOf(context, { fs })) if (entry.path === 'f0') break;
    expect(open).toBe(0);
  });
});
