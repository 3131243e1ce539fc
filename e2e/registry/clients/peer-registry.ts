/**
 * Debian's docker-registry as a child process: the server that ours is compared with.
 *
 * @see https://distribution.github.io/distribution/about/configuration/
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoggedRegistry, LoggedRequest } from './logged-requests.ts';
import { findProgram, SYSTEM_PATH } from './program.ts';

export interface PeerRegistry extends LoggedRegistry {
  readonly port: number;
  /** Ends the process and removes what it stored. */
  stop(): Promise<void>;
}

const START_MS = 10_000;

export async function startPeerRegistry(): Promise<PeerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-peer-registry-'));
  const config = join(folder, 'config.yml');
  await writeFile(config, configFor(join(folder, 'data')));
  const child = spawn(findProgram('docker-registry') ?? 'docker-registry', ['serve', config], {
    env: { PATH: SYSTEM_PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  let grown: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      grown();
    });
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await closed;
    await rm(folder, { recursive: true, force: true });
  };
  const port = await new Promise<number>((resolve, reject) => {
    const fail = (): void => reject(new RangeError(`docker-registry did not start:\n${log}`));
    const timer = setTimeout(fail, START_MS);
    child.once('error', reject);
    child.once('close', fail);
    grown = () => {
      const found = /listening on 127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(Number(found));
    };
  }).catch(async (thrown: unknown) => {
    await stop();
    throw thrown;
  });
  const host = `127.0.0.1:${port}`;
  return { host, port, url: `http://${host}`, log: () => log, parseLine: parseCombinedLine, stop };
}

/** JSON is YAML as well. */
function configFor(root: string): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
  });
}

/** The Apache combined format, which docker-registry writes beside its own lines. */
function parseCombinedLine(line: string): LoggedRequest | undefined {
  const [, method, target, status] = /^\S+ - \S+ \[[^\]]+\] "([A-Z]+) (\S+) HTTP\/[\d.]+" (\d{3}) /.exec(line) ?? [];
  if (method === undefined || target === undefined) return undefined;
  return { method, path: target.replace(/\?.*$/, ''), status: Number(status) };
}
