/**
 * Starts real PostgreSQL servers for tests: `initdb` into a temporary folder, a free port on loopback, no fsync.
 *
 * PostgreSQL refuses to run as root: see {@link file://./unprivileged.ts}.
 *
 * @module
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import pg from 'pg';
import { availableServers } from './binaries.ts';
import { giveFolder, unprivileged } from './unprivileged.ts';

export { availableServers, type ServerChoice } from './binaries.ts';

export interface ClusterOptions {
  /** Major version, as {@link availableServers} names it. */
  readonly version: string;
  /** Starts the server in recovery, so that it answers reads and refuses writes. */
  readonly standby?: boolean;
  /** Lines of `postgresql.conf`. */
  readonly settings?: readonly string[];
  /** Where the server's folder is made; the folder for temporary files unless said. */
  readonly parent?: string;
  /** The data of a server that is halted, copied in place of a new one. */
  readonly copyOf?: Cluster;
}

export interface Cluster {
  readonly version: string;
  /** The postmaster's; another one after each {@link Cluster.start}. */
  readonly pid: number;
  readonly port: number;
  readonly dataFolder: string;
  /** Of the superuser `postgres`, who needs no password, or of `user` (`name` or `name:password`). */
  url(database: string, user?: string): string;
  /** @returns the new database's URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server as the signal asks (SIGINT: fast, SIGQUIT: immediate) and keeps its folder. */
  halt(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

/** `scram_user` must prove a password and `rejected_user` never gets in: what wrong-password tests need. */
const HOST_RULES = `host all scram_user 127.0.0.1/32 scram-sha-256
host all rejected_user 127.0.0.1/32 reject
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
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
  const root = await mkdtemp(join(options.parent ?? tmpdir(), `squizzle-postgres-${options.version}-`));
  try {
    const data = join(root, 'data');
    if (options.copyOf === undefined) initialize(binaries, root, data);
    else copyData(options.copyOf.dataFolder, root, data);
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
  giveFolder(root);
  const flags = ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
  const { command, leading, ids } = unprivileged(join(binaries, 'initdb'));
  const done = spawnSync(command, [...leading, ...flags], {
    ...ids,
    cwd: root,
    encoding: 'utf8',
    env: { PATH: env['PATH'] ?? '' },
  });
  if (done.status !== 0) throw new RangeError(`initdb: ${done.error?.message ?? done.stderr}`);
}

function copyData(from: string, root: string, data: string): void {
  giveFolder(root);
  const done = spawnSync('cp', ['-a', from, data], { encoding: 'utf8' });
  if (done.status !== 0) throw new RangeError(`cp: ${done.error?.message ?? done.stderr}`);
}

async function launch(version: string, binaries: string, root: string, data: string): Promise<Cluster> {
  const port = await freePort();
  const url = (database: string, name = 'postgres'): string => `postgres://${name}@127.0.0.1:${port}/${database}`;
  const launched = (): Promise<Postmaster> => startPostmaster(binaries, root, data, port, url('postgres'));
  let postmaster = await launched();
  const halt = async (signal: NodeJS.Signals): Promise<void> => {
    postmaster.child.kill(signal);
    await postmaster.exited;
  };
  return {
    version,
    port,
    dataFolder: data,
    url,
    get pid() {
      return postmaster.child.pid ?? 0;
    },
    halt,
    start: async () => {
      postmaster = await launched();
    },
    stop: async () => {
      await halt('SIGINT');
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
    createDatabase: async (name) => {
      await run(url('postgres'), `CREATE DATABASE "${name}" TEMPLATE template0`);
      return url(name);
    },
  };
}

interface Postmaster {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
}

async function startPostmaster(
  binaries: string,
  root: string,
  data: string,
  port: number,
  url: string,
): Promise<Postmaster> {
  const flags = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const { command, leading, ids } = unprivileged(join(binaries, 'postgres'));
  const child = spawn(command, [...leading, ...flags], {
    ...ids,
    cwd: root,
    env: { PATH: env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  try {
    await untilReady(child, url);
  } catch (error) {
    child.kill('SIGINT');
    await exited;
    throw error;
  }
  return { child, exited };
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

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
