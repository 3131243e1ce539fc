import { link, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORMAT_LIMITS } from '../format/limits.ts';
import { listFolder, refuse } from './folder-listing.ts';
import { withFolder } from './source-fixture.ts';

describe('listFolder', () => {
  it('lists files below the folder in natural order, without those that begin with a dot', async () => {
    const texts = {
      'm/10.sql': '',
      'm/2.sql': 'two',
      'm/a/1.sql': '',
      'm/.git/x': '',
      'm/.hidden.sql': '',
      'm/README.md': '',
    };
    await withFolder(texts, async (root) => {
      const listing = await listFolder(join(root, 'm'), 'db/m');
      expect(listing?.label).toBe('db/m');
      expect(listing?.files.map(({ path }) => path)).toEqual(['2.sql', '10.sql', 'README.md', 'a/1.sql']);
      expect(listing?.files.map(({ origin }) => origin)[3]).toBe('db/m/a/1.sql');
      expect(Buffer.from((await listing?.files[0]?.read()) ?? []).toString()).toBe('two');
    });
  });

  it('is undefined where there is no folder', async () => {
    await withFolder({}, async (root) => expect(await listFolder(join(root, 'none'), 'none')).toBeUndefined());
  });

  it('gives names in Unicode normal form C, and reads the file all the same', async () => {
    await withFolder({ 'm/e\u0301.sql': 'x' }, async (root) => {
      const [file] = (await listFolder(join(root, 'm'), 'm'))?.files ?? [];
      expect(file?.path).toBe('é.sql');
      expect(Buffer.from((await file?.read()) ?? []).toString()).toBe('x');
    });
  });

  it.each<{ why: string; says: string; make: (folder: string) => Promise<void> }>([
    {
      why: 'a symbolic link to a file',
      says: 'is a symbolic link',
      make: (folder) => symlink('/etc/hostname', join(folder, 'l.sql')),
    },
    {
      why: 'a symbolic link to a folder',
      says: 'is a symbolic link',
      make: (folder) => symlink('/etc', join(folder, 'l')),
    },
    {
      why: 'a link that leads nowhere',
      says: 'is a symbolic link',
      make: (folder) => symlink('/no/where', join(folder, 'l.sql')),
    },
    { why: 'a backslash in a name', says: 'backslash', make: (folder) => writeFile(join(folder, 'a\\b.sql'), '') },
    { why: 'a line break in a name', says: 'control', make: (folder) => writeFile(join(folder, 'a\nb.sql'), '') },
    {
      why: 'names that differ in case',
      says: 'only in case',
      make: async (folder) => {
        await writeFile(join(folder, 'A.sql'), '');
        await writeFile(join(folder, 'a.sql'), '');
      },
    },
    {
      why: 'names that differ in Unicode form',
      says: 'only in case or Unicode form',
      make: async (folder) => {
        await writeFile(join(folder, 'é.sql'), '');
        await writeFile(join(folder, 'e\u0301.sql'), '');
      },
    },
  ])('refuses $why', async ({ make, says }) => {
    await withFolder({ 'm/1.sql': '' }, async (root) => {
      await make(join(root, 'm'));
      await expect(listFolder(join(root, 'm'), 'db/m')).rejects.toMatchObject({
        code: 'SOURCE_INVALID',
        message: expect.stringContaining(says) as string,
        details: { path: expect.stringMatching(/^db\/m\//) as string },
      });
    });
  });

  it('refuses a folder that is a link, or a file', async () => {
    await withFolder({ 'm/1.sql': '' }, async (root) => {
      await symlink(join(root, 'm'), join(root, 'l'));
      await expect(listFolder(join(root, 'l'), 'l')).rejects.toThrow('l: is a symbolic link');
      await expect(listFolder(join(root, 'm/1.sql'), 'f')).rejects.toThrow('f: is not a folder');
    });
  });

  it('takes a hard link: it is a file like any other', async () => {
    await withFolder({ 'm/1.sql': 'x' }, async (root) => {
      await link(join(root, 'm/1.sql'), join(root, 'm/2.sql'));
      expect((await listFolder(join(root, 'm'), 'm'))?.files).toHaveLength(2);
    });
  });

  it('reads a head of at most as many bytes, however large the file', async () => {
    await withFolder({ 'm/1.sql': 'abc', 'm/2.sql': '' }, async (root) => {
      await truncate(join(root, 'm/1.sql'), FORMAT_LIMITS.fileBytes + 1);
      const [file, empty] = (await listFolder(join(root, 'm'), 'm'))?.files ?? [];
      expect(Buffer.from((await file?.readHead(3)) ?? []).toString()).toBe('abc');
      expect(await empty?.readHead(3)).toHaveLength(0);
      await expect(file?.read(), 'and refuses to read the whole').rejects.toMatchObject({ code: 'SOURCE_INVALID' });
    });
  });

  it('says that a file cannot be read, and keeps the cause', async () => {
    await withFolder({ 'm/1.sql': '' }, async (root) => {
      const [file] = (await listFolder(join(root, 'm'), 'm'))?.files ?? [];
      await rm(join(root, 'm/1.sql'));
      await mkdir(join(root, 'other'));
      await expect(file?.read()).rejects.toMatchObject({
        code: 'STORE_UNUSABLE',
        details: { path: 'm/1.sql', systemCode: 'ENOENT' },
        cause: { code: 'ENOENT' },
      });
    });
  });
});

describe('refuse', () => {
  it.each([
    { line: undefined, message: 'a.sql: is wrong', why: 'a fault of the file' },
    { line: 7, message: 'a.sql:7: is wrong', why: 'a fault of a line' },
  ])('names $why', ({ line, message }) => {
    expect(refuse('a.sql', 'is wrong', line)).toMatchObject({
      code: 'SOURCE_INVALID',
      message,
      details: { path: 'a.sql', line: line ?? null, column: null, reason: 'is wrong' },
    });
  });
});
