import nodeFs, { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCli } from '../../test/cli-fixture.ts';
import { withSystemFaults } from './system-fault.ts';
import { ensureLine, writeNewFile } from './write-new-file.ts';

const fault = (code: string) => Object.assign(new Error(code), { code, syscall: 'link' });

const withoutLinks = { ...nodeFs, link: () => Promise.reject(fault('EPERM')) };

it('never writes over a file, with links or without', async () => {
  const { folder, read } = await createCli({ 'a.sql': 'old' });
  await expect(writeNewFile(join(folder, 'a.sql'), 'new', 'a.sql')).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  await expect(writeNewFile(join(folder, 'a.sql'), 'new', 'a.sql', withoutLinks)).rejects.toMatchObject({
    code: 'FILE_EXISTS',
  });
  expect(await read('a.sql')).toBe('old');
  expect(await readdir(folder)).toEqual(['a.sql']);
});

it('does without links', async () => {
  const { folder, read } = await createCli();
  await writeNewFile(join(folder, 'b/c.sql'), 'new', 'b/c.sql', withoutLinks);
  expect(await read('b/c.sql')).toBe('new');
  expect(await readdir(join(folder, 'b'))).toEqual(['c.sql']);
});

it('gives a file its size back when a line does not fit', async () => {
  const { folder, read } = await createCli({ '.gitignore': 'dist\n' });
  const appendFile = async (path: unknown): Promise<void> => {
    await nodeFs.writeFile(String(path), 'dist\n.squi');
    throw fault('ENOSPC');
  };
  const full = { ...nodeFs, appendFile };
  const added = ensureLine(join(folder, '.gitignore'), '.squizzle/', '.gitignore', full);
  await expect(added).rejects.toMatchObject({ code: 'STORE_UNUSABLE', details: { systemCode: 'ENOSPC' } });
  expect(await read('.gitignore')).toBe('dist\n');
});

it.each([
  { code: 'ENOSPC', says: 'ENOSPC: the disk is full' },
  { code: 'EROFS', says: 'EROFS: the file system is read-only' },
  { code: 'EIO', says: '(EIO)' },
])('says $says', async ({ code, says }) => {
  const work = withSystemFaults('squizzle.yaml', () => Promise.reject(fault(code)));
  await expect(work).rejects.toMatchObject({
    code: 'STORE_UNUSABLE',
    message: expect.stringContaining(says) as string,
  });
});

it('lets other faults pass', async () => {
  await expect(withSystemFaults('x', () => Promise.reject(new TypeError('a bug')))).rejects.toThrow(TypeError);
});
