/**
 * Debian's PgBouncer in front of a server, on a free port of the loopback interface.
 *
 * @see https://www.pgbouncer.org/config.html
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { freePort } from '../../tools/postgres/cluster.ts';
import { giveFolder, unprivileged } from '../../tools/postgres/unprivileged.ts';
import { query } from './servers.ts';
import { until } from './until.ts';

/** `/usr/sbin` is in few people's PATH. */
const PATH = `${env['PATH'] ?? ''}:/usr/sbin`;

/** Why it cannot be run here; `null` where it can. */
export const pgbouncerFault: string | null = (() => {
  const probe = spawnSync('pgbouncer', ['--version'], { encoding: 'utf8', env: { PATH } });
  return probe.status === 0 ? null : `no pgbouncer: ${probe.error?.message ?? probe.stderr.trim()}`;
})();

export interface PgBouncer {
  /** Of the same database through the pooler. */
  url(serverUrl: string): string;
  /** Ends it without a word to its clients. */
  kill(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface PgBouncerOptions {
  readonly mode: 'session' | 'transaction' | 'statement';
  /** Server connections of each database. */
  readonly poolSize?: number;
}

export async function startPgBouncer(serverUrl: string, { mode, poolSize = 3 }: PgBouncerOptions): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-pgbouncer-'));
  const [port, server] = [await freePort(), new URL(serverUrl)];
  await writeFile(join(folder, 'users.txt'), '"postgres" ""\n');
  await writeFile(join(folder, 'pgbouncer.ini'), configOf(server, port, mode, poolSize, folder));
  await chmod(folder, 0o755);
  giveFolder(folder);
  const { command, leading, ids } = unprivileged('pgbouncer');
  const child = spawn(command, [...leading, '-q', join(folder, 'pgbouncer.ini')], {
    ...ids,
    env: { PATH },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const url = (of: string): string => Object.assign(new URL(of), { port: String(port) }).href;
  await until('PgBouncer answers', () =>
    query(url(serverUrl), 'SELECT 1').then(
      () => true,
      () => false,
    ),
  );
  const dispose = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, kill, [Symbol.asyncDispose]: dispose };
}

function configOf(server: URL, port: number, mode: string, poolSize: number, folder: string): string {
  return `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users.txt')}
pool_mode = ${mode}
default_pool_size = ${poolSize}
`;
}
