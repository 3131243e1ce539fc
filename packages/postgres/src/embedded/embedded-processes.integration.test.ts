import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findBrokenEvent, type History, type SchemaSnapshot } from '@squizzle/core';
import { build } from 'tsup';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { containing } from '../../test/matchers.ts';
import { createEmbeddedDriver } from './index.ts';

const CACHE = resolve(import.meta.dirname, '../../../../node_modules/.cache');

let root: string;
let bundle: string;
let templateCacheDir: string;
let dataDir: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'squizzle-embedded-'));
  templateCacheDir = join(root, 'templates');
  await mkdir(CACHE, { recursive: true });
  bundle = await mkdtemp(join(CACHE, 'squizzle-worker-'));
  await build({
    entry: { worker: resolve(import.meta.dirname, '../../test/embedded-worker.ts') },
    outDir: bundle,
    format: ['esm'],
    config: false,
    silent: true,
    splitting: false,
    noExternal: [/^@squizzle\//],
    external: [/^@electric-sql\//],
    outExtension: () => ({ js: '.mjs' }),
    esbuildOptions: (options) => {
      options.conditions = ['@squizzle/source'];
    },
  });
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await rm(bundle, { recursive: true, force: true });
});
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(root, 'case-')), 'db');
});

function startWorker(releases: number): ChildProcess {
  return spawn(process.execPath, [join(bundle, 'worker.mjs'), dataDir, templateCacheDir, String(releases)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function endOf(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly errors: string; readonly lines: number }> {
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, errors, lines: output.split('\n').length - 1 };
}

async function look(): Promise<{ readonly history: History; readonly releases: number }> {
  const driver = createEmbeddedDriver({ dataDir, templateCacheDir });
  const history = await driver.readHistory();
  const snapshot: SchemaSnapshot = history.initialized ? await driver.snapshotSchema() : { objects: [] };
  await driver.close();
  return {
    history,
    releases: snapshot.objects.filter(({ kind, name }) => kind === 'table' && name.includes('release_')).length,
  };
}

describe('processes that share a folder', () => {
  it('all succeed by waiting, eight at once, and none destroys another’s work', { timeout: 120_000 }, async () => {
    const ends = await Promise.all(Array.from({ length: 8 }, () => endOf(startWorker(1))));
    expect(ends).toEqual(ends.map(() => ({ code: 0, errors: '', lines: 1 })));
    const { history, releases } = await look();
    expect(history.events).toHaveLength(8);
    expect(findBrokenEvent(history.events)).toBeUndefined();
    expect(releases).toBe(8);
  });

  it('wait no longer than asked, and then name who has it', async () => {
    const holder = createEmbeddedDriver({ dataDir, templateCacheDir });
    const second = createEmbeddedDriver({ dataDir, templateCacheDir });
    const heard: (string | null)[] = [];
    await holder.withLock(async () => {
      const onWaiting = (who: string | null): void => void heard.push(who);
      const waiting = second.withLock(async () => undefined, { waitMs: 100, onWaiting });
      const details = { pid: process.pid, path: containing('db.lock') };
      await expect(waiting).rejects.toMatchObject({ code: 'STORE_LOCKED', details });
    });
    await holder.close();
    await second.withLock(async () => undefined, { waitMs: 1_000 });
    await second.close();
    expect(heard).toEqual([`pid ${process.pid}`]);
  });

  it.each([100, 300, 500, 700, 900, 1_300, 2_000, 3_000])(
    'leave a whole database when one is killed after %i ms',
    { timeout: 60_000 },
    async (ms) => {
      const victim = startWorker(10_000);
      const ended = endOf(victim);
      await new Promise((done) => setTimeout(done, ms));
      victim.kill('SIGKILL');
      const { lines } = await ended;
      const { history, releases } = await look();
      expect(history.events.length).toBeGreaterThanOrEqual(lines);
      expect(releases).toBe(history.events.length);
      expect(findBrokenEvent(history.events)).toBeUndefined();
      expect(await endOf(startWorker(1))).toEqual({ code: 0, errors: '', lines: 1 });
      const leftovers = (await readdir(join(dataDir, '..'))).filter((name) => name !== 'db' && name !== 'db.lock');
      expect(leftovers).toEqual([]);
    },
  );
});

describe('the folder', () => {
  it('is not made by reading the history', async () => {
    const driver = createEmbeddedDriver({ dataDir, templateCacheDir });
    expect(await driver.readHistory()).toMatchObject({ initialized: false });
    await driver.close();
    await expect(stat(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(stat(`${dataDir}.lock`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps what was done', async () => {
    expect((await endOf(startWorker(2))).lines).toBe(2);
    expect((await look()).releases).toBe(2);
  });

  it('is refused when it holds something else', async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'letter.txt'), 'dear');
    const driver = createEmbeddedDriver({ dataDir, templateCacheDir });
    await expect(driver.withLock(async () => undefined)).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    expect(await readFile(join(dataDir, 'letter.txt'), 'utf8')).toBe('dear');
  });

  it('is refused when it is damaged, and can be used after it was removed', async () => {
    await endOf(startWorker(1));
    await truncate(join(dataDir, 'global/pg_control'), 10);
    const driver = createEmbeddedDriver({ dataDir, templateCacheDir });
    const message = containing('Remove it');
    await expect(driver.withLock(async () => undefined)).rejects.toMatchObject({ code: 'STORE_UNUSABLE', message });
    await rm(dataDir, { recursive: true });
    await driver.withLock(async () => undefined);
    await driver.close();
  });

  it('is refused where it cannot be made', async () => {
    await writeFile(dataDir, 'a file');
    const inside = createEmbeddedDriver({ dataDir: join(dataDir, 'db'), templateCacheDir });
    await expect(inside.withLock(async () => undefined)).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
  });
});

describe('the template', () => {
  const apply = async (folder: string | undefined): Promise<void> => {
    const driver = createEmbeddedDriver({ dataDir: 'memory', templateCacheDir: folder });
    await driver.withLock((session) => session.executeOutsideTransaction({ sql: 'CREATE EXTENSION btree_gin' }));
    await driver.close();
  };

  it('is made once, and again when it was cut', { timeout: 60_000 }, async () => {
    const folder = join(root, 'other-templates');
    await apply(folder);
    const [name = ''] = await readdir(folder);
    const { size } = await stat(join(folder, name));
    await truncate(join(folder, name), size / 2);
    await apply(folder);
    expect((await stat(join(folder, name.replace(/.*/, (await readdir(folder))[0] ?? '')))).size).toBeGreaterThan(
      size / 2,
    );
    expect(await readdir(folder)).toHaveLength(1);
  });

  it.each([
    { cache: 'no folder', folder: undefined },
    { cache: 'a folder that cannot be', folder: '/dev/null/templates' },
  ])('is done without when there is $cache', ({ folder }) => expect(apply(folder)).resolves.not.toThrow());
});

describe('one session', () => {
  it('is not waited for from inside its own transaction', async () => {
    const driver = createEmbeddedDriver({ dataDir: 'memory', templateCacheDir });
    await driver.withLock((session) =>
      session.transaction(async () => {
        await expect(driver.readHistory()).rejects.toThrow(TypeError);
        expect((await session.readHistory()).initialized).toBe(true);
      }),
    );
    await driver.close();
  });

  it('passes on notices and says what to do about COPY FROM STDIN', async () => {
    const driver = createEmbeddedDriver({ dataDir: 'memory', templateCacheDir });
    const heard: string[] = [];
    const run = driver.withLock(
      async (session) => {
        await session.executeOutsideTransaction({ sql: "DO $$ BEGIN RAISE WARNING 'careful'; END $$" });
        await session.executeOutsideTransaction({ sql: 'CREATE TABLE c (id int); COPY c FROM STDIN' });
      },
      { onNotice: ({ message }) => heard.push(message) },
    );
    await expect(run).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      details: { hint: containing('INSERT') },
    });
    expect(heard).toContain('careful');
    expect((await driver.serverFacts()).extensions).toEqual(
      expect.arrayContaining(['btree_gin', 'pgcrypto', 'uuid-ossp']),
    );
    await driver.close();
  });
});
