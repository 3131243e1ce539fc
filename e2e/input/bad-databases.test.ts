import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configFor, createProject, type Project } from '../support/project.ts';
import { createDatabase, newest, query } from '../support/servers.ts';
import { mustSquizzle, squizzle } from '../support/squizzle.ts';

let project: Project;
beforeAll(async () => {
  project = await createProject({
    'squizzle.yaml': configFor('shop'),
    'db/migrations/1.sql': 'CREATE TABLE a (i int);\n',
  });
  await mustSquizzle(['build', '1.0.0'], { cwd: project.folder });
});
afterAll(() => project.remove());

interface Failure {
  readonly exit: number | null;
  readonly ms: number;
  readonly stderr: string;
  readonly error: { readonly code: string; readonly message: string };
}

async function failing(url: string, args: readonly string[] = ['apply']): Promise<Failure> {
  const start = performance.now();
  const { code, stderr } = await squizzle([...args, '--json'], { cwd: project.folder, env: { DB_URL: url } });
  return { exit: code, ms: performance.now() - start, stderr, ...(JSON.parse(stderr) as Pick<Failure, 'error'>) };
}

describe('a database that cannot be used', () => {
  it('a port where nothing listens fails at once', async () => {
    const failure = await failing('postgres://anna:s3cret@127.0.0.1:1/shop');
    expect(failure).toMatchObject({ exit: 7, error: { code: 'DATABASE_UNREACHABLE' } });
    expect(failure.stderr).not.toContain('s3cret');
  });

  it('a host that never answers fails in less than five seconds', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const failure = await failing(`postgres://anna:s3cret@127.0.0.1:${port}/shop`);
    server.close();
    expect(failure).toMatchObject({ exit: 7, error: { code: 'DATABASE_UNREACHABLE' } });
    expect(failure.ms).toBeLessThan(5_000);
  });

  it('a name that does not resolve', async () => {
    const failure = await failing('postgres://anna@nowhere.invalid/shop');
    expect(failure).toMatchObject({ exit: 7, error: { code: 'DATABASE_UNREACHABLE' } });
    expect(failure.ms).toBeLessThan(5_000);
  });

  it('a URL that is none', async () => {
    expect(await failing('mysql://x')).toMatchObject({ exit: 2, error: { code: 'CONFIG_INVALID' } });
  });
});

describe.skipIf(newest.url === null)(`on PostgreSQL ${newest.version} (${newest.missing ?? 'real server'})`, () => {
  it('a database that does not exist is named', async () => {
    const url = new URL(newest.url ?? '');
    url.pathname = '/missing_shop';
    const failure = await failing(url.href);
    expect(failure.exit).toBe(7);
    expect(failure.error.message).toContain('missing_shop');
  });

  it('a wrong password is refused and not shown', async () => {
    await query(
      newest.url ?? '',
      "DO $$ BEGIN CREATE ROLE scram_user LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    const url = new URL(newest.url ?? '');
    [url.username, url.password] = ['scram_user', 'wr0ng'];
    const failure = await failing(url.href);
    expect(failure).toMatchObject({ exit: 7, error: { code: 'DATABASE_DENIED' } });
    expect(failure.stderr).not.toContain('wr0ng');
  });

  it('a user without the right to create is refused and told which right', async () => {
    const database = await createDatabase(newest);
    await query(database, 'DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$');
    const url = new URL(database);
    url.username = 'reader';
    expect(await failing(url.href)).toMatchObject({ exit: 7, error: { code: 'DATABASE_DENIED' } });
    expect(await query(database, "SELECT 1 FROM pg_namespace WHERE nspname = 'squizzle'")).toEqual([]);
  });

  it('a failing statement is shown with place, SQLSTATE, caret, hint and state, and exit code 6', async () => {
    const broken = await createProject({
      'squizzle.yaml': configFor('shop'),
      'db/migrations/1.sql': 'CREATE TABLE a (i int);\nCREATE TABLE b (i int);\n',
      'db/migrations/2.sql': '-- é\nINSERT INTO a VALUES (1);\n  SELECT nam FROM (SELECT 1 AS name) s;\n',
    });
    try {
      await mustSquizzle(['build', '1.0.0'], { cwd: broken.folder });
      const url = await createDatabase(newest);
      const { code, stderr } = await squizzle(['apply'], { cwd: broken.folder, env: { DB_URL: url } });
      expect(code).toBe(6);
      expect(stderr).toMatch(/migrations\/2\.sql:3:10/);
      expect(stderr).toMatch(/42703/);
      expect(stderr).toMatch(/ {2}SELECT nam FROM \(SELECT 1 AS name\) s;\n\s+\^/);
      expect(stderr).toMatch(/hint: .*name/i);
      expect(stderr).toMatch(/nothing of 1\.0\.0 was kept/);
      expect(await query(url, "SELECT 1 FROM pg_class WHERE relname IN ('a', 'b')")).toEqual([]);
    } finally {
      await broken.remove();
    }
  });
});
