/**
 * Servers and databases for integration tests. A server that is missing is reported as a skipped test with the reason.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { describe, inject } from 'vitest';
import type { ProvidedServer } from '../../../tools/postgres/provided-context.ts';

export interface TestServer {
  readonly version: string;
  readonly url: string;
  readonly pid: number;
}

/** Runs `body` for each server that could be started. */
export function describeEachServer(name: string, body: (server: TestServer) => void): void {
  for (const server of inject('postgresServers')) describeServer(name, server, body);
}

function describeServer(name: string, server: ProvidedServer, body: (server: TestServer) => void): void {
  const { version, missing } = server;
  const reason = missing === null ? '' : ` (skipped: ${missing})`;
  describe.skipIf(missing !== null)(`${name}, PostgreSQL ${version}${reason}`, () => {
    body({ version, url: server.url ?? '', pid: server.pid ?? 0 });
  });
}

/** A database of its own; `run` speaks to it as superuser, beside the driver. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  run(sql: string): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

export async function createTestDatabase(server: TestServer): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runSql(server.url, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = withDatabase(server.url, name);
  return {
    name,
    url,
    run: (sql) => runSql(url, sql),
    drop: async () => {
      await runSql(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

export function withDatabase(url: string, database: string): string {
  return url.replace(/[^/]*$/, database);
}

export function withUser(url: string, user: string): string {
  return url.replace(/\/\/[^@]*@/, `//${user}@`);
}

export async function runSql(connectionString: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(sql);
    return Array.isArray(result) ? [] : result.rows;
  } finally {
    await client.end();
  }
}

/** A session that stays: to hold locks, or to be in the way. */
export interface TestSession {
  readonly pid: number;
  run(sql: string): Promise<readonly Record<string, unknown>[]>;
  end(): Promise<void>;
}

export async function openTestSession(connectionString: string, applicationName = 'a test'): Promise<TestSession> {
  const client = new pg.Client({ connectionString, application_name: applicationName });
  client.on('error', () => undefined);
  await client.connect();
  const run = async (sql: string): Promise<readonly Record<string, unknown>[]> =>
    (await client.query<Record<string, unknown>>(sql)).rows;
  const [row] = await run('SELECT pg_backend_pid() AS pid');
  return { pid: Number(row?.['pid']), run, end: () => client.end() };
}
