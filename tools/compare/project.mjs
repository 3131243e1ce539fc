/**
 * One tool's project: a folder with its migrations and a database of its own, made for one fault and removed after it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { start, until } from './processes.mjs';
import { connect, runSql } from './sql.mjs';

/** How long a run may take before it counts as hanging. */
export const BOUND_MS = 20_000;
const open = new Set();
let count = 0;

/**
 * @typedef {object} Project
 * @property {import('./tools.mjs').Tool} tool
 * @property {string} url
 * @property {(files: readonly import('./tools.mjs').MigrationFile[], flags?: readonly string[]) => Promise<import('./processes.mjs').Outcome | null>}
 *   layOut the tool's files, then its build, whose outcome is the answer where the tool has one
 * @property {(options?: { url?: string, flags?: readonly string[] }) => import('./processes.mjs').Running} start
 * @property {(options?: object, boundMs?: number) => Promise<import('./processes.mjs').Outcome>} apply
 * @property {() => Promise<number[]>} recorded ids of the files that the tool holds for applied
 * @property {(sql: string) => Promise<Record<string, unknown>[]>} query
 * @property {() => Promise<import('pg').Client>} connect closed with the project
 */

/** @param {import('./world.mjs').World} world @param {import('./tools.mjs').Tool} tool @returns {Promise<Project>} */
export async function openProject(world, tool) {
  count += 1;
  const database = `compare_${count}`;
  await runSql(world.url('postgres'), `CREATE DATABASE ${database} TEMPLATE template0`);
  const folder = mkdtempSync(path.join(tmpdir(), 'squizzle-compare-'));
  const clients = [];
  const released = new Map();
  const url = world.url(database);
  const command = (argv, { url: target = url, flags = [] } = {}) =>
    start([...argv, ...flags], { cwd: folder, env: { DATABASE_URL: target } });
  const project = {
    tool,
    url,
    folder,
    async layOut(files, flags = []) {
      tool.layOut(folder, files);
      if (tool.build === undefined) return null;
      const outcome = await command(tool.build, { flags: [...flags, '--json'] }).within(BOUND_MS);
      if (outcome.exit === 0) keepRelease(released, JSON.parse(outcome.stdout).release, files);
      return outcome;
    },
    start: (options) => command(tool.apply, options),
    apply: (options, boundMs = BOUND_MS) => command(tool.apply, options).within(boundMs),
    recorded: async () => readRecorded(url, tool, released),
    query: (sql) => runSql(url, sql),
    async connect(target = url) {
      const client = await connect(target);
      clients.push(client);
      return client;
    },
    async close() {
      open.delete(project);
      rmSync(folder, { recursive: true, force: true });
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      await runSql(world.url('postgres'), `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    },
  };
  open.add(project);
  return project;
}

/** Of those that an interrupted script left open. */
export const closeProjects = () => Promise.all([...open].map((project) => project.close().catch(() => undefined)));

function keepRelease(released, { version, steps }, files) {
  const names = steps.map((step) => Number(/(\d{6})_/.exec(step.path)?.[1]));
  released.set(
    version,
    files.map(({ id }) => id).filter((id) => names.includes(id)),
  );
}

/** A tool that has no table yet has recorded nothing. */
async function readRecorded(url, { recorded, toIds }, released) {
  try {
    const rows = await runSql(url, recorded);
    return toIds === undefined ? rows.map(({ id }) => Number(id)) : toIds(rows, released);
  } catch (error) {
    if (error.code === '42P01' || error.code === '3F000') return [];
    throw error;
  }
}

/** Other sessions of the database that run something that looks so. `state` is not asked: what waits is active. */
export const sessionsLike = (project, pattern) =>
  project.query(
    `SELECT pid, wait_event_type, wait_event, query FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '${pattern}'`,
  );

/** Milliseconds until no session but the script's own is left, `except` those it keeps open. */
export async function untilAlone(project, except = [], boundMs = 20_000) {
  const began = performance.now();
  const others = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid() AND NOT pid = ANY ('{${except.join(',')}}')`;
  await until('the orphaned sessions end', async () => (await project.query(others)).length === 0, boundMs);
  return performance.now() - began;
}
