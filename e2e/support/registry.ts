/**
 * The built registry server as a child process on a free port, with a folder of its own.
 *
 * Whoever starts one disposes of it, which removes the folder too: `await using` does, and so does the end of this
 * process. `stop` and `kill` keep the folder, for a look at it or for the next server.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SERVER = resolve(import.meta.dirname, '../../apps/registry/dist/squizzle-registry.cjs');

export interface RegistryOptions {
  /** After `serve --port 0 --root … --log-format json`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** An existing folder, which is then not removed: for a server that goes on where another one ended. */
  readonly root?: string;
  /** For Node, before the script: `--max-old-space-size=64`. */
  readonly nodeArgs?: readonly string[];
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One line of the server's log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface RegistryProcess {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** `127.0.0.1:port`, as it stands in an image reference. */
  readonly host: string;
  readonly pid: number;
  readonly root: string;
  readonly ended: Promise<Ended>;
  /**
   * Asks it to end and waits until it has. Asks once, however often it is called: a second signal means "at once" to
   * the server. Kills it when it has not ended after {@link STOP_TIMEOUT_MS}.
   */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  /** As a crash: no chance to clean up. */
  kill(): Promise<Ended>;
  logs(): readonly LogLine[];
  /** Everything it wrote, also what is no JSON. */
  output(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 15_000;

/** Variables that would change what the server does, taken out of whatever this process has. */
const FOREIGN = /^(REGISTRY_|SQUIZZLE_|NODE_OPTIONS$|FORCE_COLOR$|VITEST)/;

export async function startRegistry(options: RegistryOptions = {}): Promise<RegistryProcess> {
  if (!existsSync(SERVER)) throw new RangeError(`${SERVER} is not there: run 'npm run build' first`);
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'squizzle-registry-')));
  const isOurs = options.root === undefined;
  const child = launch(root, options);
  const guard = startGuard(child, isOurs ? root : '');
  const output = collect(child);
  const ended = new Promise<Ended>((done) => child.once('close', (code, signal) => done({ code, signal })));
  const kill = () => end(child, ended, 'SIGKILL');
  const dispose = async () => {
    await kill();
    guard.kill('SIGKILL');
    if (isOurs) await rm(root, { recursive: true, force: true });
  };
  let stopping: Promise<Ended> | undefined;
  try {
    const url = await listening(child, output);
    return {
      url,
      host: new URL(url).host,
      pid: child.pid ?? 0,
      root,
      ended,
      stop: (signal = 'SIGTERM') => (stopping ??= end(child, ended, signal)),
      kill,
      logs: () => output.lines(),
      output: () => output.text(),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
}

function launch(root: string, { args = [], env = {}, nodeArgs = [] }: RegistryOptions): ChildProcess {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
  const command = [SERVER, 'serve', '--port', '0', '--root', root, '--log-format', 'json', ...args];
  return spawn(process.execPath, [...nodeArgs, ...command], {
    env: { ...kept, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for a line, which says that the server has ended, or for the end of this process; then for the latter. */
const GUARD = `trap '' INT TERM; read -r line || kill -KILL "$1"; cat > /dev/null; [ -z "$2" ] || rm -rf "$2"`;

/** Ends the server and removes its folder when this process goes, however it does: test runners kill their workers. */
function startGuard(server: ChildProcess, root: string): ChildProcess {
  const guard = spawn('sh', ['-c', GUARD, 'sh', String(server.pid), root], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.stdin.on('error', () => undefined); // the guard was dismissed
  server.once('close', () => guard.stdin.write('\n'));
  return guard;
}

interface Output {
  text(): string;
  lines(): readonly LogLine[];
  onChange(listener: () => void): void;
}

function collect(child: ChildProcess): Output {
  const chunks: Buffer[] = [];
  let changed = (): void => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      changed();
    });
  }
  const text = () => Buffer.concat(chunks).toString();
  return { text, lines: () => text().split('\n').flatMap(parseLine), onChange: (listener) => (changed = listener) };
}

function parseLine(line: string): readonly LogLine[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as LogLine] : [];
  } catch {
    return [];
  }
}

/** @returns the `url` of the line that says that the server is listening */
function listening(child: ChildProcess, output: Output): Promise<string> {
  return new Promise((done, fail) => {
    const refuse = (why: string) => fail(new RangeError(`the registry ${why}; it wrote:\n${output.text()}`));
    const timeout = setTimeout(() => refuse(`was not listening after ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    output.onChange(() => {
      const url = output.lines().find((line) => typeof line['url'] === 'string')?.['url'];
      if (typeof url !== 'string') return;
      clearTimeout(timeout);
      done(url.replace(/\/$/, ''));
    });
    child.once('error', (cause) => {
      clearTimeout(timeout);
      fail(cause);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timeout);
      refuse(`ended with ${code ?? signal} before it was listening`);
    });
  });
}

async function end(child: ChildProcess, ended: Promise<Ended>, signal: NodeJS.Signals): Promise<Ended> {
  child.kill(signal);
  const timeout = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  try {
    return await ended;
  } finally {
    clearTimeout(timeout);
  }
}
