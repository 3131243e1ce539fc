import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { delimiter } from 'node:path';
import { env, execPath, umask } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustSquizzle, type RunOptions } from '../support/squizzle.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/shop');
const NODES = (env['SQUIZZLE_TEST_NODES'] ?? '').split(delimiter).filter((node) => node !== '');

let root = '';
let reference: readonly string[] = [];

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'squizzle-same-')));
  reference = await digests(await copyExample('reference'), {});
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Builds two releases and gives their digests. */
async function digests(folder: string, more: Partial<RunOptions>): Promise<readonly string[]> {
  const options = { cwd: folder, ...more };
  await mustSquizzle(['build', '1.0.0', '--notes', 'first'], options);
  await writeFile(join(folder, 'db/migrations/0005_é later.sql'), 'CREATE TABLE later (i int);\n');
  await mustSquizzle(['build', '1.1.0'], options);
  const index = JSON.parse(await readFile(join(folder, '.squizzle/store/index.json'), 'utf8')) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  return [...new Set(index.manifests.map(({ digest }) => digest))].sort();
}

async function copyExample(name: string): Promise<string> {
  const folder = join(root, name);
  await cp(EXAMPLE, folder, { recursive: true });
  return folder;
}

async function copyInReverse(name: string): Promise<string> {
  const folder = join(root, name);
  const entries = (await readdir(EXAMPLE, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const entry of entries.toReversed()) {
    const file = join(entry.parentPath, entry.name);
    const target = join(folder, file.slice(EXAMPLE.length));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, await readFile(file));
  }
  return folder;
}

describe('the same sources have the same digests', () => {
  it('of which there are two', () => {
    expect(reference).toHaveLength(2);
  });

  it.each([
    { what: 'another folder, with spaces and unicode', name: 'päth with spaces', more: {} },
    { what: 'another time zone', name: 'zone', more: { env: { TZ: 'Pacific/Chatham' } } },
    {
      what: 'a Turkish locale, where i has another capital',
      name: 'locale',
      more: { env: { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } },
    },
    { what: 'a home folder that is not there', name: 'home', more: { env: { HOME: '/nonexistent', USER: 'nobody' } } },
  ])('in $what', async ({ name, more }) => {
    expect(await digests(await copyExample(name), more)).toEqual(reference);
  });

  it('when files are created in another order', async () => {
    expect(await digests(await copyInReverse('reverse'), {})).toEqual(reference);
  });

  it('under another umask, with other modes and times', async () => {
    const before = umask(0o077);
    try {
      const folder = await copyInReverse('umask');
      execFileSync('find', [folder, '-exec', 'touch', '-d', '2001-02-03', '{}', ';']);
      expect(await digests(folder, {})).toEqual(reference);
    } finally {
      umask(before);
    }
  });

  it('in a clone with the same commit, and its time and author are those of the commit', async () => {
    const git = (folder: string, ...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
        cwd: folder,
        stdio: 'pipe',
      });
    const folder = await copyExample('origin');
    git(folder, 'init', '-q');
    await writeFile(join(folder, '.gitignore'), '.squizzle/\n');
    git(folder, 'add', '.');
    git(folder, 'commit', '-q', '-m', 'shop', '--date', '2026-03-04T05:06:07Z');
    git(root, 'clone', '-q', folder, join(root, 'clone'));
    const built = await Promise.all(
      [folder, join(root, 'clone')].map(async (cwd) => {
        await mustSquizzle(['build', '1.0.0'], { cwd });
        return (await mustSquizzle(['show', '1.0.0', '--json'], { cwd })).stdout;
      }),
    );
    expect(built[1]).toBe(built[0]);
    expect(built[0]).toContain('Ada <ada@example.com>');
  });

  it.each(NODES.length === 0 ? [execPath] : NODES)(
    `on Node %s${NODES.length === 0 ? ' (SQUIZZLE_TEST_NODES names no other)' : ''}`,
    async (node) => {
      expect(await digests(await copyExample(`node-${NODES.indexOf(node)}`), { node })).toEqual(reference);
    },
  );
});
