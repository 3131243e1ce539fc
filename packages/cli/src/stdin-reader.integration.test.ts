/**
 * Prompts at a real terminal: that of `script` (util-linux), which shows what a person would see.
 *
 * @module
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const PACKAGE = resolve(import.meta.dirname, '..');
/** What the package depends on is found from here. */
const CACHE = join(PACKAGE, 'node_modules/.cache');
const PROMPTS = ['password of the new key: ', 'the same again: '] as const;
const RETURN = '\r';

const found = spawnSync('script', ['--version'], { encoding: 'utf8' });
const missing =
  found.error === undefined && found.stdout.includes('util-linux') ? null : "'script' of util-linux is not installed";

let bundle: string;

beforeAll(async () => {
  if (missing !== null) return;
  await mkdir(CACHE, { recursive: true });
  bundle = await mkdtemp(join(CACHE, 'squizzle-cli-'));
  await copyFile(join(PACKAGE, 'package.json'), join(bundle, 'package.json'));
  await build({
    entry: { bin: resolve(import.meta.dirname, 'bin.ts') },
    outDir: join(bundle, 'dist'),
    format: ['esm'],
    config: false,
    silent: true,
    splitting: false,
    external: [/^[^.@/]/, /^@(?!squizzle\/)/],
    noExternal: [/^@squizzle\//],
    outExtension: () => ({ js: '.mjs' }),
    esbuildOptions: (options) => {
      options.conditions = ['@squizzle/source'];
    },
  });
});
afterAll(async () => {
  if (missing === null) await rm(bundle, { recursive: true, force: true });
});

interface Terminal {
  readonly shown: () => string;
  /** Types once the text is shown. */
  readonly typeAt: (prompt: string, keys: string) => Promise<void>;
  readonly end: () => Promise<number | null>;
}

/** `squizzle` at a terminal, which echoes what is typed unless it is told not to. */
function startAtTerminal(args: string, cwd: string): Terminal {
  const command = `'${process.execPath}' '${join(bundle, 'dist/bin.mjs')}' ${args}`;
  const child: ChildProcess = spawn('script', ['--quiet', '--return', '--echo', 'always', '-c', command, '/dev/null'], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  const ended = once(child, 'close');
  return {
    shown: () => text,
    typeAt: async (prompt, keys) => {
      while (!text.includes(prompt)) {
        if (child.exitCode !== null) throw new TypeError(`it ended before '${prompt}': ${text}`);
        await new Promise((done) => setTimeout(done, 5));
      }
      child.stdin?.write(keys);
    },
    end: async () => ((await ended) as [number | null])[0],
  };
}

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(bundle, 'project-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe.skipIf(missing !== null)(`squizzle key generate at a terminal (${missing ?? 'a real one'})`, () => {
  it.each([
    { first: `hunter2${RETURN}`, second: `hunter2${RETURN}`, why: 'one after the other' },
    { first: `hunter2${RETURN}hunter2${RETURN}`, second: '', why: 'both pasted at the first prompt' },
    { first: `huntex\u007fr2${RETURN}`, second: `hunter2\u0004`, why: 'a key corrected; Ctrl-D ends the second' },
  ])('asks twice and shows no password: $why', async ({ first, second }) => {
    const folder = await createFolder();
    const terminal = startAtTerminal('key generate', folder);
    await terminal.typeAt(PROMPTS[0], first);
    await terminal.typeAt(PROMPTS[1], second);
    expect(await terminal.end(), terminal.shown()).toBe(0);
    expect(terminal.shown()).not.toMatch(/hunte/);
    expect(terminal.shown()).toContain('is for trust policies');
    expect(await readFile(join(folder, 'squizzle.key'), 'utf8')).toContain('ENCRYPTED SIGSTORE PRIVATE KEY');
  });

  it.each([
    { second: `hunter3${RETURN}`, code: 2, says: 'the two passwords differ', why: 'two that differ' },
    { second: 'hun\u0003', code: 130, says: 'stopped at the prompt', why: 'Ctrl-C' },
  ])('makes nothing: $why', async ({ second, code, says }) => {
    const folder = await createFolder();
    const terminal = startAtTerminal('key generate', folder);
    await terminal.typeAt(PROMPTS[0], `hunter2${RETURN}`);
    await terminal.typeAt(PROMPTS[1], second);
    expect(await terminal.end(), terminal.shown()).toBe(code);
    expect(terminal.shown()).toContain(says);
    expect(terminal.shown()).not.toMatch(/hun/);
    await expect(readFile(join(folder, 'squizzle.key'))).rejects.toThrow('ENOENT');
  });
});
