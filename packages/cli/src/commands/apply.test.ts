import { describe, expect, it } from 'vitest';
import type { Database } from '../adapters.ts';
import { createCli, ORDERS, SHOP, withoutDigests, type Cli } from '../../test/cli-fixture.ts';

async function createBuilt(more: Readonly<Record<string, string>> = {}): Promise<Cli> {
  const cli = await createCli({ ...SHOP, ...more });
  await cli.json('build');
  return cli;
}

/** The one database of a test. */
const executed = (cli: Cli): readonly string[] => [...cli.databases.values()][0]?.state.executed ?? [];

describe('plan', () => {
  it('shows what would run, and runs nothing', async () => {
    const cli = await createBuilt({
      'db/migrations/0003_index.sql': 'CREATE INDEX CONCURRENTLY users_id ON users (id);\n',
    });
    const { stdout, exitCode } = await cli.squizzle('plan');
    expect(exitCode).toBe(0);
    expect(withoutDigests(stdout)).toMatchInlineSnapshot(`
      "bring development (memory) from empty to 1.0.0: 1 release

      1.0.0 sha256:<short>
        in one transaction:
          migrations/0001_users.sql
        alone, outside any transaction (create-index):
          migrations/0003_index.sql [bytes 0-48]
      "
    `);
    expect(executed(cli)).toEqual([]);
  });

  it('prints JSON', async () => {
    const cli = await createBuilt({
      'db/migrations/0003_index.sql': 'CREATE INDEX CONCURRENTLY users_id ON users (id);\n',
    });
    expect(withoutDigests(await cli.json('plan'))).toMatchInlineSnapshot(`
      {
        "attestations": [],
        "database": "memory",
        "digest": "sha256:<hash>",
        "direction": "up",
        "environment": "development",
        "from": null,
        "name": "shop",
        "pending": 1,
        "policyDigest": null,
        "releases": [
          {
            "digest": "sha256:<hash>",
            "resumes": false,
            "segments": [
              {
                "checks": [],
                "files": [
                  "migrations/0001_users.sql",
                ],
                "kind": "transaction",
                "locks": 0,
              },
              {
                "checks": [],
                "effect": "create-index",
                "end": 48,
                "file": "migrations/0003_index.sql",
                "kind": "statement",
                "start": 0,
              },
            ],
            "version": "1.0.0",
          },
        ],
        "signer": null,
        "to": "1.0.0",
        "unsignedReason": "local development",
        "warnings": [],
      }
    `);
  });

  it('ends with 8 while something is pending, when asked', async () => {
    const cli = await createBuilt();
    expect((await cli.squizzle('plan --exit-code')).exitCode).toBe(8);
    expect((await cli.squizzle('status --exit-code')).exitCode).toBe(8);
    await cli.json('apply');
    expect((await cli.squizzle('plan --exit-code')).exitCode).toBe(0);
    expect((await cli.squizzle('status --exit-code')).exitCode).toBe(0);
  });

  it.each([
    {
      args: 'status -e production',
      code: 'CONFIG_INVALID',
      exitCode: 2,
      says: 'environments.production.database: the variable DATABASE_URL is not set',
    },
    {
      args: 'plan -e staging',
      code: 'POLICY_MISSING',
      exitCode: 4,
      says: '  staging:\n    trust:\n      unsigned:\n        allowed: true',
    },
    { args: 'plan -e developmnt', code: 'USAGE_INVALID', exitCode: 2, says: "did you mean 'development'?" },
    { args: 'plan -e qa', code: 'USAGE_INVALID', exitCode: 2, says: 'there are: development, production, staging' },
    { args: 'plan --env=', code: 'USAGE_INVALID', exitCode: 2, says: "there is no environment ''" },
    { args: 'plan 7.0.0', code: 'ARTIFACT_NOT_FOUND', exitCode: 3, says: 'it holds 1, newest 1.0.0' },
  ])('$args is $code', async ({ args, code, exitCode, says }) => {
    const failure = await (await createBuilt()).failure(args);
    expect(failure).toMatchObject({ code, exitCode });
    expect(failure.message).toContain(says);
  });

  it('asks for a signature where the policy does', async () => {
    const cli = await createBuilt();
    const call = { env: { DATABASE_URL: 'postgres://app:hunter2@db/shop' } };
    expect(await cli.failure('apply -e production', call)).toMatchObject({ exitCode: 4, code: 'SIGNATURE_MISSING' });
  });
});

describe('apply', () => {
  it('brings the database to the newest release, and says so', async () => {
    const cli = await createBuilt();
    const { stdout, stderr, exitCode } = await cli.squizzle('apply');
    expect(exitCode).toBe(0);
    expect(stdout).toBe('applied 1 release: development (memory) went from empty to 1.0.0\n');
    expect(stderr).toMatch(/^applying 1\.0\.0 \(1 file\)\napplied 1\.0\.0 \(1 file, \d+ ms\)\n$/);
    expect(executed(cli)).toEqual(['CREATE TABLE users (id int)']);
  });

  it('does nothing the second time, without the lock', async () => {
    const cli = await createBuilt();
    await cli.json('apply');
    const refusing = async (): Promise<Database> => {
      const driver = [...cli.databases.values()][0]?.connect();
      if (driver === undefined) throw new TypeError('no database yet');
      return { ...driver, withLock: () => Promise.reject(new TypeError('took the lock')) };
    };
    const again = await cli.squizzle('apply', { adapters: { openDatabase: refusing } });
    expect(again).toEqual({ exitCode: 0, stdout: 'development (memory) is at 1.0.0; nothing to do\n', stderr: '' });
  });

  it('prints JSON', async () => {
    const cli = await createBuilt();
    const result = withoutDigests(await cli.json('apply'));
    expect(JSON.parse(JSON.stringify(result).replace(/"durationMs":\d+/, '"durationMs":0'))).toMatchInlineSnapshot(`
      {
        "database": "memory",
        "digest": "sha256:<hash>",
        "direction": "up",
        "environment": "development",
        "from": null,
        "name": "shop",
        "releases": [
          {
            "digest": "sha256:<hash>",
            "direction": "up",
            "durationMs": 0,
            "seq": 1,
            "steps": 1,
            "version": "1.0.0",
          },
        ],
        "to": "1.0.0",
        "warnings": [],
      }
    `);
  });

  it('prints the plan on a dry run', async () => {
    const cli = await createBuilt();
    expect(await cli.json('apply --dry-run')).toEqual(await cli.json('plan'));
    expect((await cli.squizzle('apply --dry-run')).stdout).toBe((await cli.squizzle('plan')).stdout);
    expect(executed(cli)).toEqual([]);
  });

  it('names file, line and column of a statement that fails, and the state of the database', async () => {
    const cli = await createBuilt({ 'db/migrations/0002_bad.sql': 'SELECT 1;\nFAIL 23505;\n' });
    const { exitCode, stdout, stderr } = await cli.squizzle('apply');
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
    expect(stderr.slice(stderr.indexOf('error'))).toMatchInlineSnapshot(`
      "error[STEP_FAILED]: migrations/0002_bad.sql:2:1: failed as asked (SQLSTATE 23505)
      FAIL 23505;
      ^
      nothing of 1.0.0 was kept; the database is empty, as before the first release
      advice: rows that are there do not fit: find them, mend them (in a migration of their own, or a check before this one), then run again
      "
    `);
    expect(await cli.failure('apply')).toMatchObject({
      code: 'STEP_FAILED',
      details: { line: 2, column: 1, sqlState: '23505' },
    });
  });

  it('lets eight at once all end well, each release applied once', async () => {
    const cli = await createBuilt();
    const results = await Promise.all(Array.from({ length: 8 }, () => cli.squizzle('apply')));
    expect(results.map(({ exitCode }) => exitCode)).toEqual(Array(8).fill(0));
    expect(executed(cli)).toEqual(['CREATE TABLE users (id int)']);
  });

  it('passes flags before configuration to the lock', async () => {
    const limits = 'wait: 5s, lockTimeout: 1s, statementTimeout: 2min, transaction: step';
    const config = SHOP['squizzle.yaml'].replace('trust: {', `${limits.split(', ').join('\n    ')}\n    trust: {`);
    const cli = await createBuilt({ 'squizzle.yaml': config, ...ORDERS });
    const seen: unknown[] = [];
    const watching = async (): Promise<Database> => {
      const driver = (await import('@squizzle/core/testing')).createMemoryDatabase().connect();
      return {
        ...driver,
        withLock: (work, options) => {
          const { waitMs, lockTimeoutMs, statementTimeoutMs, applicationName } = options ?? {};
          seen.push({ waitMs, lockTimeoutMs, statementTimeoutMs, applicationName });
          return driver.withLock(work, options);
        },
      };
    };
    const call = { adapters: { openDatabase: watching } };
    await cli.json('apply', call);
    await cli.json('apply --wait 0 --lock-timeout 250ms --statement-timeout 1h --transaction release', call);
    const applicationName = expect.stringMatching(/^squizzle \d\S+ [0-9a-f]{8}$/) as string;
    expect(seen).toEqual([
      { waitMs: 5_000, lockTimeoutMs: 1_000, statementTimeoutMs: 120_000, applicationName },
      { waitMs: 0, lockTimeoutMs: 250, statementTimeoutMs: 3_600_000, applicationName },
    ]);
    expect((await cli.squizzle('apply --dry-run', call)).stdout.match(/in one transaction/g)).toHaveLength(2);
  });

  it.each(['--wait soon', '--wait 5', '--lock-timeout -1s', '--transaction all', '--interrupted maybe', '--force'])(
    'refuses %s',
    async (flag) => {
      expect(await (await createBuilt()).failure(`apply ${flag}`)).toMatchObject({
        exitCode: 2,
        code: 'USAGE_INVALID',
      });
    },
  );

  it('runs the seeds of the environment that is chosen', async () => {
    const cli = await createBuilt({
      'db/seeds/all.sql': 'INSERT INTO users;\n',
      'db/seeds/development/d.sql': 'INSERT INTO development;\n',
      'db/seeds/staging/s.sql': 'INSERT INTO staging;\n',
    });
    await cli.json('apply -e development');
    expect(executed(cli)).toEqual(['CREATE TABLE users (id int)', 'INSERT INTO users', 'INSERT INTO development']);
  });

  it('uses the database of the variable before that of the file', async () => {
    const cli = await createBuilt();
    const env = { SQUIZZLE_DATABASE_URL: 'postgres://a/b', SQUIZZLE_MIGRATION_DATABASE_URL: 'postgres://direct/b' };
    await cli.json('apply', { env });
    expect([...cli.databases.keys()]).toEqual(['postgres://direct/b']);
    expect(await cli.failure('apply', { env: { SQUIZZLE_DATABASE_URL: 'mysql://root:secret@x/y' } })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.not.stringContaining('secret') as string,
    });
  });

  it('ends with 130 or 143 when it is stopped, and says so', async () => {
    const cli = await createBuilt();
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    const call = { signal: controller.signal };
    expect(await cli.squizzle('apply', { ...call, stoppedBy: 'SIGINT' })).toMatchObject({ exitCode: 130 });
    expect(await cli.squizzle('apply', { ...call, stoppedBy: 'SIGTERM' })).toMatchObject({
      exitCode: 143,
      stderr: 'error[CANCELLED]: stopped by SIGTERM\n',
    });
    expect(executed(cli)).toEqual([]);
  });

  it('tells of waiting and of the server’s notices', async () => {
    const cli = await createBuilt();
    const talking = async (): Promise<Database> => {
      const driver = (await import('@squizzle/core/testing')).createMemoryDatabase().connect();
      return {
        ...driver,
        withLock: (work, options) => {
          options?.onWaiting?.('squizzle 1.0.0 of anna');
          options?.onWaiting?.(null);
          options?.onNotice?.({ severity: 'NOTICE', message: 'table exists\u001b]0;title\u0007' });
          return driver.withLock(work, options);
        },
      };
    };
    const { stderr } = await cli.squizzle('apply', { adapters: { openDatabase: talking } });
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      'waiting for another migration to end: squizzle 1.0.0 of anna',
      'waiting for another migration to end',
      'NOTICE: table exists\\x1b]0;title\\x07',
    ]);
  });
});

describe('rollback', () => {
  const applied = async (): Promise<Cli> => {
    const cli = await createBuilt();
    await cli.write(ORDERS);
    await cli.json('build');
    await cli.json('apply');
    return cli;
  };

  it('goes one release back, and says so', async () => {
    const cli = await applied();
    const { stdout, stderr } = await cli.squizzle('rollback');
    expect(stdout).toBe('rolled back 1 release: development (memory) went from 1.0.1 to 1.0.0\n');
    expect(stderr).toMatch(/^rolling back 1\.0\.1 \(1 file\)\nrolled back 1\.0\.1 /);
    expect(executed(cli).slice(-1)).toEqual(['DROP TABLE orders']);
    expect(await cli.json('rollback')).toMatchObject({ direction: 'down', from: '1.0.0', to: null });
    expect(await cli.failure('rollback')).toMatchObject({ code: 'VERSION_INVALID', exitCode: 2 });
  });

  it.each([
    { args: 'rollback --all', to: null, count: 2, why: 'every release' },
    { args: 'rollback 1.0.0', to: '1.0.0', count: 1, why: 'to the one that is named' },
    { args: 'rollback v1.0.1', to: '1.0.1', count: 0, why: 'where it is already' },
  ])('$args: $why', async ({ args, to, count }) => {
    const cli = await applied();
    expect(await cli.json(`${args} --dry-run`)).toMatchObject({ direction: 'down', to, pending: count });
    const { releases } = await cli.json(args);
    expect(releases).toHaveLength(count);
  });

  it('prints the plan on a dry run', async () => {
    const cli = await applied();
    expect(withoutDigests((await cli.squizzle('rollback --all --dry-run')).stdout)).toMatchInlineSnapshot(`
      "take back development (memory) from 1.0.1 to empty: 2 releases

      1.0.1 sha256:<short>
        in one transaction:
          rollback/migrations/0002_orders.sql

      1.0.0 sha256:<short>
        in one transaction:
          rollback/migrations/0001_users.sql
      "
    `);
  });

  it.each([
    { args: 'rollback 1.0.0 --all', code: 'USAGE_INVALID', why: 'two goals' },
    { args: 'rollback latest', code: 'VERSION_INVALID', why: 'a version is meant' },
    { args: 'rollback 0.5.0', code: 'VERSION_INVALID', why: 'never applied' },
  ])('$args is $code: $why', async ({ args, code }) => {
    expect(await (await applied()).failure(args)).toMatchObject({ code, exitCode: 2 });
  });
});
