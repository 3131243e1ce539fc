/**
 * A Docker daemon of our own, in a folder of its own: no network, no containers, only images.
 *
 * It lives in a mount namespace of its own, so that nothing it mounts outlives it, and the kernel ends it when this
 * process ends, however that happens.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { getuid, kill } from 'node:process';
import { findProgram, SYSTEM_PATH } from './program.ts';

export interface DockerDaemon {
  /** For `docker -H`. */
  readonly address: string;
  stop(): Promise<void>;
}

const START_MS = 20_000;
const STOP_MS = 15_000;

/** The last resort of `stop` included, nothing of the daemon runs afterwards. @throws {RangeError} with its log. */
export async function startDockerDaemon(folder: string): Promise<DockerDaemon> {
  if (getuid?.() !== 0) throw new RangeError('SKIPPED: dockerd needs root');
  await mkdir(folder, { recursive: true });
  const socket = join(folder, 'docker.sock');
  const child = spawn(
    findProgram('setpriv') ?? 'setpriv',
    ['--pdeathsig', 'TERM', 'unshare', '--mount', ...commandFor(folder, socket)],
    {
      env: { PATH: SYSTEM_PATH, HOME: folder, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let log = '';
  let hasEnded = false;
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    const end = (thrown?: unknown): void => {
      if (thrown instanceof Error) log += thrown.message;
      hasEnded = true;
      resolve();
    };
    child.once('error', end);
    child.once('close', () => end());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const killing = setTimeout(() => killAll(folder, child.pid), STOP_MS);
    await ended;
    clearTimeout(killing);
  };
  for (const until = performance.now() + START_MS; !(await answers(socket));) {
    if (hasEnded || performance.now() > until) {
      await stop();
      throw new RangeError(`SKIPPED: dockerd did not start here: ${log.trim().split('\n').at(-1) ?? ''}`);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
  return { address: `unix://${socket}`, stop };
}

function commandFor(folder: string, socket: string): readonly string[] {
  const folders = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')];
  const files = ['-H', `unix://${socket}`, '-p', join(folder, 'docker.pid')];
  const off = ['iptables', 'ip6tables', 'ip-masq', 'ip-forward'].map((option) => `--${option}=false`);
  return [
    findProgram('dockerd') ?? 'dockerd',
    ...folders,
    ...files,
    '--storage-driver',
    'vfs',
    '--bridge=none',
    ...off,
  ];
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: '/_ping', timeout: 1_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });
}

/** The daemon, and the containerd that it started. */
function killAll(folder: string, daemon: number | undefined): void {
  for (const pid of [daemon, readPid(join(folder, 'exec', 'containerd', 'containerd.pid'))]) {
    try {
      if (pid !== undefined) kill(pid, 'SIGKILL');
    } catch {
      // It has ended on its own.
    }
  }
}

function readPid(path: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10);
  } catch {
    return undefined;
  }
}
