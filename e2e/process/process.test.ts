import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHistory } from '../support/ledger.ts';
import { buildReleases, configFor, createProject } from '../support/project.ts';
import { createDatabase, newest, query } from '../support/servers.ts';
import { finish, squizzle, startSquizzle } from '../support/squizzle.ts';

const PACKAGE = resolve(import.meta.dirname, '../../packages/cli/package.json');

describe('the built command', () => {
  it('knows its version without a project', async () => {
    const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string };
    expect(await squizzle(['--version'], { cwd: '/' })).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    { args: ['frobnicate'], code: 2, why: 'no such command' },
    { args: ['status'], code: 2, why: 'no project here' },
    { args: ['--help'], code: 0, why: 'help was asked for' },
  ])('ends with $code for $args: $why', async ({ args, code }) => {
    expect((await squizzle(args, { cwd: '/' })).code).toBe(code);
  });
});

describe.skipIf(newest.url === null)(
  `stopped on PostgreSQL ${newest.version} (${newest.missing ?? 'real server'})`,
  () => {
    it.each([
      { signal: 'SIGINT', code: 130 },
      { signal: 'SIGTERM', code: 143 },
    ] as const)('$signal cancels the statement, rolls back, records and ends with $code', async ({ signal, code }) => {
      const project = await createProject({ 'squizzle.yaml': configFor('shop') });
      try {
        const sql = 'CREATE TABLE a (i int);\nSELECT pg_sleep(60);\n';
        await buildReleases(project, [{ version: '1.0.0', files: { 'db/migrations/1.sql': sql } }]);
        const url = await createDatabase(newest);
        const child = startSquizzle(['apply'], { cwd: project.folder, env: { DB_URL: url } });
        const ended = finish(child);
        await untilSleeping(url);
        const start = performance.now();
        child.kill(signal);
        expect((await ended).code).toBe(code);
        expect(performance.now() - start).toBeLessThan(10_000);
        expect(await query(url, "SELECT 1 FROM pg_class WHERE relname = 'a'")).toEqual([]);
        expect((await readHistory(url)).events).toMatchObject([{ event: 'failed', details: { code: 'CANCELLED' } }]);
      } finally {
        await project.remove();
      }
    });
  },
);

async function untilSleeping(url: string): Promise<void> {
  const sleeping = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
  while ((await query(url, sleeping)).length === 0) await new Promise((done) => setTimeout(done, 50));
}
