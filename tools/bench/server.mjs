/**
 * The server that all contenders work on: the one of the tests (`tools/postgres/cluster.ts`), bundled on the fly
 * because Node 20 reads no TypeScript.
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { root, tool } from '../gates.mjs';
import { cache } from './peers.mjs';

/** Autovacuum would work at random moments, for whom it pleases. */
const SETTINGS = ['autovacuum=off'];

/** @param {string} version major version, of those that the tests know */
export async function startServer(version) {
  const startCluster = await loadStartCluster();
  const cluster = await startCluster({ version, settings: SETTINGS });
  const admin = await connect(cluster.url('postgres'));
  const { rows } = await admin.query('SHOW server_version');
  return {
    version: rows[0].server_version,
    /** A new, empty database; what the last one left to be written is written before. */
    async createDatabase(name) {
      const url = await cluster.createDatabase(name);
      await admin.query('CHECKPOINT');
      return url;
    },
    dropDatabase: (name) => admin.query(`DROP DATABASE "${name}" WITH (FORCE)`),
    cpuMs: () => serverCpuMs(cluster.pid),
    async stop() {
      await admin.end();
      await cluster.stop();
    },
  };
}

/** `startCluster` of the tests. */
export async function loadStartCluster() {
  return (await import(pathToFileURL(bundle()).href)).startCluster;
}

const TICK_MS = 10;
const REAPED_MS = 50;

/**
 * What the server's ended processes have used so far: the difference is what a contender's connections cost, which other
 * load on the machine hardly changes. `NaN` without /proc.
 */
async function serverCpuMs(postmaster) {
  await setTimeout(REAPED_MS);
  const stat = await readFile(`/proc/${postmaster}/stat`, 'utf8').catch(() => '');
  const [, , , , , , , , , , , , , childrenUser, childrenSystem] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(childrenUser) + Number(childrenSystem)) * TICK_MS;
}

/** The first row of a query. */
export async function queryOne(url, sql) {
  const client = await connect(url);
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

async function connect(connectionString) {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function bundle() {
  const folder = path.join(root, 'tools/postgres');
  const outfile = path.join(cache, 'cluster.mjs');
  execFileSync(tool('esbuild'), [
    path.join(folder, 'cluster.ts'),
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--external:pg',
    `--define:import.meta.dirname=${JSON.stringify(folder)}`,
    `--outfile=${outfile}`,
    '--log-level=warning',
  ]);
  return outfile;
}
