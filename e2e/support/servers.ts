/**
 * The servers that the run started, and databases on them.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { ProvidedServer } from '../../tools/postgres/provided-context.ts';

export const servers: readonly ProvidedServer[] = inject('postgresServers');

/** The newest server there is, for tests that need only one. */
export const newest: ProvidedServer = servers.findLast((server) => server.url !== null) ?? {
  version: 'any',
  url: null,
  missing: 'no server could be started',
  pid: null,
};

export async function query(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

/** Runs a script of several statements. */
export async function runScript(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A new, empty database on the server. @returns its URL. */
export async function createDatabase(server: ProvidedServer): Promise<string> {
  const name = `e2e_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server.url ?? '');
  await query(url.href, `CREATE DATABASE ${name} TEMPLATE template0`);
  url.pathname = `/${name}`;
  return url.href;
}

/** Waits until no session of SQUIZZLE is left in the database: a killed client's backend goes on for a moment. */
export async function untilNoSessions(url: string, withinMs = 20_000): Promise<void> {
  const until = performance.now() + withinMs;
  const open =
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'squizzle%'";
  while (performance.now() < until) {
    const [row] = await query(url, open);
    if (row?.['n'] === 0) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new RangeError('a session of a killed run did not end');
}
