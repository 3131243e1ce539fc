/**
 * Runs one program and says what it cost: wall time, CPU of the client (with its children), peak resident memory.
 *
 * GNU time does the counting (`wait4`), because Node does not hand out the resource usage of a child, and because the
 * peak of a program forked straight from Node would begin at Node's own. The program gets a process group of its own,
 * so that ending it ends whatever it started, and Ctrl-C reaches it through us alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** @typedef {{ wallMs: number, cpuMs: number, peakBytes: number }} Sample */

const GNU_TIME = '/usr/bin/time';
const STDERR_LIMIT = 4_000;
const KIBIBYTE = 1024;

/** Why nothing can be measured here, or `undefined`. */
export function missingTool() {
  const { stdout, stderr } = spawnSync(GNU_TIME, ['--version'], { encoding: 'utf8' });
  if (/GNU/i.test(`${stdout}${stderr}`)) return undefined;
  return `${GNU_TIME} is not GNU time (Debian: apt-get install time); CPU and memory cannot be measured without it`;
}

/**
 * @param {readonly string[]} command program and arguments
 * @param {{ folder: string, cwd?: string, env?: Record<string, string>, signal?: AbortSignal }} options `folder` takes
 *   the figures' file
 * @returns {Promise<Sample>}
 * @throws {Error} when the program fails, with the end of what it wrote to stderr; the signal's reason when aborted
 */
export async function measure(command, { folder, cwd = folder, env = {}, signal }) {
  signal?.throwIfAborted();
  const figures = path.join(folder, 'figures.txt');
  const start = performance.now();
  const child = spawn(GNU_TIME, ['-q', '-o', figures, '-f', '%U %S %M', ...command], {
    cwd,
    env: { ...neutralEnvironment(), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const { code, stderr } = await untilClosed(child, signal);
  const wallMs = performance.now() - start;
  signal?.throwIfAborted();
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr.trim() || 'no word on stderr'}`);
  const [user, system, peak] = (await readFile(figures, 'utf8')).trim().split(' ').map(Number);
  return { wallMs, cpuMs: (user + system) * 1000, peakBytes: peak * KIBIBYTE };
}

function untilClosed(child, signal) {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr = `${stderr}${data}`.slice(-STDERR_LIMIT);
    });
    const end = () => endGroup(child.pid);
    signal?.addEventListener('abort', end, { once: true });
    child.once('error', reject);
    child.once('close', (code) => {
      signal?.removeEventListener('abort', end);
      resolve({ code, stderr });
    });
  });
}

/** Ends the program and what it started, all of it our own. */
function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Ours, without what would configure one contender behind the others' backs. */
function neutralEnvironment() {
  const disturbing = /^(PG|SQUIZZLE_|NODE_OPTIONS$|DATABASE_URL$|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !disturbing.test(name)));
}
