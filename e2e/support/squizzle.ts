/**
 * The built CLI as a child process, as a pipeline runs it.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { env as processEnv, execPath } from 'node:process';

export const CLI = resolve(import.meta.dirname, '../../packages/cli/dist/bin.js');

if (!existsSync(CLI)) throw new RangeError(`${CLI} is not built: run 'npm run build' first`);

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another Node than this one. */
  readonly node?: string;
  /** Written to standard input, which then ends. */
  readonly input?: string;
}

/** Variables that would change what the CLI does, taken out of whatever this process has. */
const FOREIGN =
  /^(SQUIZZLE_|SOURCE_DATE_EPOCH$|PG|DATABASE_URL$|FORCE_COLOR$|NODE_OPTIONS$|VITEST|DOCKER_|REGISTRY_AUTH_FILE$|GITHUB_|CI_|(HTTPS?|ALL|NO)_PROXY$|(https?|all|no)_proxy$)/;

export function startSquizzle(
  args: readonly string[],
  { cwd, env = {}, node = execPath, input }: RunOptions,
): ChildProcess {
  const kept = Object.fromEntries(Object.entries(processEnv).filter(([name]) => !FOREIGN.test(name)));
  const child = spawn(node, [CLI, ...args], {
    cwd,
    env: { ...kept, NO_COLOR: '1', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined); // a command that fails early does not read it
  child.stdin?.end(input);
  return child;
}

export function finish(child: ChildProcess): Promise<Result> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
}

export function squizzle(args: readonly string[], options: RunOptions): Promise<Result> {
  return finish(startSquizzle(args, options));
}

/** As {@link squizzle}, for what must succeed: the output is in the failure. */
export async function mustSquizzle(args: readonly string[], options: RunOptions): Promise<Result> {
  const result = await squizzle(args, options);
  if (result.code === 0) return result;
  throw new RangeError(
    `squizzle ${args.join(' ')} ended with ${result.code ?? result.signal}\n${result.stdout}\n${result.stderr}`,
  );
}
