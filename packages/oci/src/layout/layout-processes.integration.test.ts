import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pushImage, tagsOf, toTag } from '@squizzle/core/testing';
import { describeContent } from '@squizzle/oci-spec';
import { build } from 'tsup';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLayoutStore } from './layout-store.ts';

const SOURCE = fileURLToPath(new URL('../../test/layout-process.ts', import.meta.url));
const endlessBlob = describeContent('application/octet-stream', new Uint8Array(2000));

async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  expect(exitCode).toBe(0);
  return text.trim();
}

describe('a layout folder used by several processes', { timeout: 60_000 }, () => {
  let bundled: string;
  let folder: string;
  let root: string;
  beforeAll(async () => {
    bundled = await mkdtemp(join(tmpdir(), 'squizzle-bundle-'));
    await build({
      config: false,
      silent: true,
      entry: [SOURCE],
      outDir: bundled,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outExtension: () => ({ js: '.mjs' }),
      noExternal: [/^@squizzle\//],
      esbuildOptions: (options) => {
        options.conditions = ['@squizzle/source'];
      },
    });
  }, 60_000);
  afterAll(async () => rm(bundled, { recursive: true }));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'squizzle-processes-'));
    root = join(folder, 'store');
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const start = (...parameters: readonly string[]): ChildProcess =>
    fork(join(bundled, 'layout-process.mjs'), parameters, {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      execArgv: [],
    });

  /** Starts it, waits until it hangs, and kills it where it stands. */
  const killHanging = async (action: string): Promise<void> => {
    const child = start(action, root);
    if (child.stdout === null) throw new TypeError('no output');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
  };

  it('loses no tag of eight that write at once, the folder not there before', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `p${at}`);
    await Promise.all(names.map(async (name) => outputOf(start('tag', root, name, '25'))));
    const expected = names.flatMap((name) => Array.from({ length: 25 }, (_, at) => `${name}-${at}`)).sort();
    expect(await tagsOf(createLayoutStore(root))).toEqual(expected);
    expect(await readdir(join(root, '.squizzle'))).toEqual(['arriving']);
    expect(await readdir(join(root, '.squizzle', 'arriving'))).toEqual([]);
  });

  it('lets one of eight claimants win', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `p${at}`);
    const outcomes = await Promise.all(names.map(async (name) => outputOf(start('claim', root, name, 'v1.0.0'))));
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'TAG_IMMUTABLE')).toHaveLength(7);
  });

  it('shows nothing of a push that was killed, and clears its file away a day later', async () => {
    await killHanging('hang-push');
    const store = createLayoutStore(root);
    expect(await store.has(endlessBlob)).toBe(false);
    const arriving = join(root, '.squizzle', 'arriving');
    const [left] = await readdir(arriving);
    await pushImage(store, 'soon after');
    expect(await readdir(arriving)).toEqual([left]);
    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
    await utimes(join(arriving, left ?? ''), yesterday, yesterday);
    await pushImage(store, 'a day later');
    expect(await readdir(arriving)).toEqual([]);
  });

  it('takes the lock of a killed process at once, and finds the index as it was', async () => {
    await killHanging('hang-tag');
    const before = await readFile(join(root, 'index.json'), 'utf8');
    const store = createLayoutStore(root, { lockWaitMs: 5000 });
    expect(await tagsOf(store)).toEqual([]);
    const started = performance.now();
    await store.tag(await pushImage(store, 'next'), toTag('next'));
    expect(performance.now() - started).toBeLessThan(3000);
    expect(await tagsOf(store)).toEqual(['next']);
    expect(before).not.toContain('hang');
    expect(await readdir(join(root, '.squizzle'))).toEqual(['arriving']);
  });

  it('lets eight that find the lock of a killed process write without losing a tag', async () => {
    await killHanging('hang-tag');
    const names = Array.from({ length: 8 }, (_, at) => `p${at}`);
    await Promise.all(names.map(async (name) => outputOf(start('tag', root, name, '5'))));
    expect(await tagsOf(createLayoutStore(root))).toHaveLength(40);
    expect(await readdir(join(root, '.squizzle'))).toEqual(['arriving']);
  });
});
