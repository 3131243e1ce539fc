/**
 * The client programs, as child processes that see nothing of this process's environment.
 *
 * Only the system's folders are searched: a program of the same name elsewhere may be a wrapper around something else.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];
export const SYSTEM_PATH = FOLDERS.join(':');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

export interface RunOptions {
  /** The whole environment, but for `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to the program's standard input. */
  readonly input?: string;
}

/** Far more than any of these programs needs here: a program that hangs fails its test by name. */
const LONGEST_RUN_MS = 60_000;

/** `undefined` when the system has no such program. */
export function findProgram(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why tests of these programs cannot run, for the name of the tests that are skipped; `null` when they can. */
export function faultOf(...programs: readonly { readonly name: string; readonly debian: string }[]): string | null {
  const missing = programs.filter(({ name }) => findProgram(name) === undefined);
  if (missing.length === 0) return null;
  const names = missing.map(({ name }) => name);
  const packages = new Set(missing.map(({ debian }) => debian));
  return `SKIPPED: no ${names.join(', ')} here; tools/registry-clients/install.sh or apt-get install ${[...packages].join(' ')}`;
}

export function startProgram(
  name: string,
  args: readonly string[],
  { env = {}, cwd, input }: RunOptions = {},
): Running {
  const child = spawn(findProgram(name) ?? name, [...args], {
    env: { PATH: SYSTEM_PATH, LC_ALL: 'C', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: LONGEST_RUN_MS,
    killSignal: 'SIGKILL',
    ...(cwd !== undefined && { cwd }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  if (input !== undefined) child.stdin?.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { ended, kill: (signal) => void child.kill(signal) };
}

export function runProgram(name: string, args: readonly string[], options?: RunOptions): Promise<Ended> {
  return startProgram(name, args, options).ended;
}

/** As {@link runProgram}, for what must succeed: everything it said is in the failure. Returns its standard output. */
export async function mustRun(name: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { code, signal, stdout, stderr } = await runProgram(name, args, options);
  if (code === 0) return stdout;
  throw new RangeError(`${name} ${args.join(' ')} ended with ${code ?? signal}\n${stdout}\n${stderr}`);
}
