/**
 * Starts real PostgreSQL servers for tests: `initdb` into a temporary folder, a free port on loopback, no fsync.
 *
 * PostgreSQL refuses to run as root. Root therefore starts it in a user namespace as "nobody" (`unshare`), which
 * needs no change of owners; where namespaces are forbidden it is started with nobody's uid.
 *
 * @module
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, getuid } from 'node:process';
import pg from 'pg';
import { availableServers } from './binaries.ts';

export { availableServers, type ServerChoice } from './binaries.ts';

export interface ClusterOptions {
  /** Major version, as {@link availableServers} names it. */
  readonly version: string;
  /** Starts the server in recovery, so that it answers reads and refuses writes. */
  readonly standby?: boolean;
  /** Lines of `postgresql.conf`. */
  readonly settings?: readonly string[];
}

export interface Cluster {
  readonly version: string;
  /** The postmaster's. */
  readonly pid: number;
  readonly port: number;
  /** Of the superuser `postgres`, who needs no password, or of `user` (`name` or `name:password`). */
  url(database: string, user?: string): string;
  /** @returns the new database's URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

const NOBODY = 65_534;
/** `scram_user` must prove a password and `rejected_user` never gets in: what wrong-password tests need. */
const HOST_RULES = `host all scram_user 127.0.0.1/32 scram-sha-256
host all rejected_user 127.0.0.1/32 reject
host all all 127.0.0.1/32 trust
`;
const FAST = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'shared_buffers=32MB',
  'wal_level=logical',
];

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const binaries = requireServer(options.version);
  const root = await mkdtemp(join(tmpdir(), `squizzle-postgres-${options.version}-`));
  try {
    const data = join(root, 'data');
    initialize(binaries, root, data);
    await writeFile(join(data, 'pg_hba.conf'), HOST_RULES);
    await appendFile(join(data, 'postgresql.conf'), `\n${[...FAST, ...(options.settings ?? [])].join('\n')}\n`);
    if (options.standby === true) await writeFile(join(data, 'standby.signal'), '');
    return await launch(options.version, binaries, root, data);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

function requireServer(version: string): string {
  const found = availableServers().find((server) => server.version === version);
  if (found === undefined) throw new RangeError(`no PostgreSQL ${version} is known to the tests`);
  if ('missing' in found) throw new RangeError(`PostgreSQL ${version}: ${found.missing}`);
  return found.binaries;
}

function initialize(binaries: string, root: string, data: string): void {
  const user = asUser();
  if (user.uid !== undefined) chownSync(root, NOBODY, NOBODY);
  const flags = ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
  const { command, leading } = toCommand(user, join(binaries, 'initdb'));
  const done = spawnSync(command, [...leading, ...flags], {
    ...user.ids,
    cwd: root,
    encoding: 'utf8',
    env: { PATH: env['PATH'] ?? '' },
  });
  if (done.status !== 0) throw new RangeError(`initdb: ${done.error?.message ?? done.stderr}`);
}

async function launch(version: string, binaries: string, root: string, data: string): Promise<Cluster> {
  const port = await freePort();
  const user = asUser();
  const flags = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const { command, leading } = toCommand(user, join(binaries, 'postgres'));
  const child = spawn(command, [...leading, ...flags], {
    ...user.ids,
    cwd: root,
    env: { PATH: env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    await exited;
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  const url = (database: string, name = 'postgres'): string => `postgres://${name}@127.0.0.1:${port}/${database}`;
  try {
    await untilReady(child, url('postgres'));
  } catch (error) {
    await stop();
    throw error;
  }
  const createDatabase = async (name: string): Promise<string> => {
    await run(url('postgres'), `CREATE DATABASE "${name}" TEMPLATE template0`);
    return url(name);
  };
  return { version, pid: child.pid ?? 0, port, url, createDatabase, stop };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  let log = '';
  child.stderr?.on('data', (data: Buffer) => {
    if (log.length < 10_000) log += data.toString();
  });
  for (let attempt = 0; attempt < 500; attempt += 1) {
    try {
      return await run(url, 'SELECT 1');
    } catch {
      if (child.exitCode !== null) break;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
  throw new RangeError(`PostgreSQL did not start: ${log}`);
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

interface User {
  readonly prefix: readonly string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
  readonly uid?: number;
}

/** How to start a program that refuses root: in a namespace, with another uid, or as it is. */
function asUser(): User {
  if (getuid?.() !== 0) return { prefix: [], ids: {} };
  const namespace = ['unshare', '-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  const works = spawnSync('unshare', [...namespace.slice(1), 'true']).status === 0;
  if (works) return { prefix: namespace, ids: {} };
  return { prefix: [], ids: { uid: NOBODY, gid: NOBODY }, uid: NOBODY };
}

function toCommand(user: User, program: string): { readonly command: string; readonly leading: readonly string[] } {
  const [command, ...leading] = [...user.prefix, program];
  return { command, leading };
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
