/**
 * A machine as a pipeline gets it: a checkout of the project, a home folder that knows nothing, and the variables that
 * were set for the job.
 *
 * @module
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { SYSTEM_PATH, mustRun } from '../../registry/clients/program.ts';
import { TRUST } from '../../support/project.ts';
import { finish, startSquizzle, type Result, type RunOptions } from '../../support/squizzle.ts';

export interface Runner {
  /** Holds the two below. */
  readonly root: string;
  readonly folder: string;
  readonly home: string;
  /** The variables of the job; a test may add some. */
  readonly env: Record<string, string>;
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  /** Writes files and commits everything. @returns the commit. */
  commit(files: Readonly<Record<string, string | Uint8Array>>): Promise<string>;
  start(args: readonly string[], options?: Partial<RunOptions>): ReturnType<typeof startSquizzle>;
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<Result>;
  /** For what must end with a certain code. @returns what it said. */
  expectExit(code: number, args: readonly string[], options?: Partial<RunOptions>): Promise<Result>;
  /** For what must succeed. @returns its result. */
  json<T>(args: readonly string[], options?: Partial<RunOptions>): Promise<T>;
  /** Another machine with a checkout of what is committed here, and with the same variables. */
  clone(env?: Readonly<Record<string, string>>): Promise<Runner>;
  remove(): Promise<void>;
}

export const CONFIG = `name: shop
environments:
  development:
    database: 'pglite:memory'
    ${TRUST}
  production:
    database: '\${DB_URL}'
    ${TRUST}
`;

/** A project with one commit: the configuration, and what keeps git from seeing what squizzle makes. */
export async function createRunner(env: Readonly<Record<string, string>> = {}): Promise<Runner> {
  const runner = await openRunner(env);
  await git(runner, 'init', '--quiet', '--initial-branch=main', '.');
  await runner.commit({ 'squizzle.yaml': CONFIG, '.gitignore': '.squizzle/\n' });
  return runner;
}

async function openRunner(env: Readonly<Record<string, string>>): Promise<Runner> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'squizzle-runner-')));
  const [folder, home, temporary] = [join(root, 'checkout'), join(root, 'home'), join(root, 'tmp')];
  for (const each of [folder, home, temporary]) await mkdir(each);
  const surroundings = {
    HOME: home,
    TMPDIR: temporary,
    XDG_RUNTIME_DIR: join(home, 'run'),
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const noXdg = { XDG_CACHE_HOME: '', XDG_CONFIG_HOME: '', XDG_DATA_HOME: '' };
  const write: Runner['write'] = async (files) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
  };
  const runner: Runner = {
    root,
    folder,
    home,
    env: { ...env },
    write,
    commit: async (files) => {
      await write(files);
      await git(runner, 'add', '--all');
      await git(runner, 'commit', '--quiet', '--message', Object.keys(files).join(', '));
      return (await git(runner, 'rev-parse', 'HEAD')).trim();
    },
    start: (args, { env: more = {}, ...options } = {}) =>
      startSquizzle(args, { cwd: folder, ...options, env: { ...surroundings, ...noXdg, ...runner.env, ...more } }),
    run: (args, options) => finish(runner.start(args, options)),
    expectExit: async (code, args, options) => {
      const result = await runner.run(args, options);
      expect(result, `squizzle ${args.join(' ')}\n${result.stdout}\n${result.stderr}`).toMatchObject({ code });
      return result;
    },
    json: async <T>(args: readonly string[], options?: Partial<RunOptions>) =>
      JSON.parse((await runner.expectExit(0, [...args, '--json'], options)).stdout) as T,
    clone: async (other = {}) => {
      const clone = await openRunner({ ...runner.env, ...other });
      await git(clone, 'clone', '--quiet', folder, '.');
      return clone;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
  return runner;
}

function git({ folder, home }: Runner, ...args: readonly string[]): Promise<string> {
  const who = ['-c', 'user.name=Anna', '-c', 'user.email=anna@example.com', '-c', 'commit.gpgsign=false'];
  const env = { HOME: home, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', PATH: SYSTEM_PATH };
  return mustRun('git', [...who, ...args], { cwd: folder, env });
}

/** What `--json` writes of a failure. */
export interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

export function failureOf({ stderr }: Result): Failure['error'] {
  return (JSON.parse(stderr) as Failure).error;
}
