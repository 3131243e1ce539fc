import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { replaceFile } from './replace-file.ts';

async function createFile(text?: string): Promise<{ folder: string; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-replace-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  if (text !== undefined) await writeFile(path, text);
  return { folder, path };
}

it('changes what is there when its turn comes, and leaves nothing beside', async () => {
  const { folder, path } = await createFile('0');
  const add = () => replaceFile(path, (text) => `${Number(text) + 1}`, { label: 'file' });
  await Promise.all(Array.from({ length: 10 }, add));
  expect(await readFile(path, 'utf8')).toBe('10');
  expect(await readdir(folder)).toEqual(['file']);
});

it('leaves the file as it was when the change fails', async () => {
  const { folder, path } = await createFile('old');
  let calls = 0;
  const fail = (): string => {
    if (++calls === 2) throw new RangeError('no');
    return 'new';
  };
  await expect(replaceFile(path, fail, { label: 'file' })).rejects.toThrow('no');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['file']);
});

it('names the leftover of a process that was killed, once the wait is over', async () => {
  const { path } = await createFile();
  await writeFile(`${path}.new`, '');
  await expect(replaceFile(path, () => 'x', { label: 'file', waitMs: 0 })).rejects.toMatchObject({
    code: 'STORE_UNUSABLE',
    message: expect.stringContaining(`${path}.new is there; remove it`) as string,
  });
});

it('needs no turn for a file that is as it shall be', async () => {
  const { path } = await createFile('same');
  await writeFile(`${path}.new`, '');
  await replaceFile(path, () => 'same', { label: 'file', waitMs: 0 });
  expect(await readFile(path, 'utf8')).toBe('same');
});
