import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, SHOP_CONFIG, withoutDigests, type Cli } from '../../test/cli-fixture.ts';

const TWO_ENVIRONMENTS = SHOP_CONFIG.replace(
  'database: postgres://app:s3cret@staging:5432/shop',
  'database: postgres://app:s3cret@staging:5432/shop\n    trust: { unsigned: { allowed: true, reason: a test } }',
);
const STAGING = 'postgres://app:s3cret@staging:5432/shop';

/** Builds that ask no git are ten times as fast. */
const NO_GIT = { env: { PATH: '' } };

/** 1.0.0 has users, 1.0.1 orders, too. */
async function createBuilt(): Promise<Cli> {
  const cli = await createCli({ ...SHOP, 'squizzle.yaml': TWO_ENVIRONMENTS });
  await cli.json('build', NO_GIT);
  await cli.write(ORDERS);
  await cli.json('build', NO_GIT);
  return cli;
}

const objectsOf = (cli: Cli, at?: string) => {
  const database = at === undefined ? [...cli.databases.values()][0] : cli.databases.get(at);
  if (database === undefined) throw new TypeError('no such database yet');
  return database.state.objects;
};

const withoutTimes = <T>(value: T): T =>
  JSON.parse(JSON.stringify(withoutDigests(value)).replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+Z/g, '<time>')) as T;

describe('drift', () => {
  it('ends with 0 where the schema is as recorded, and with 5 where it is not', async () => {
    const cli = await createBuilt();
    await cli.json('apply');
    const before = await cli.squizzle('drift');
    expect(before).toMatchObject({ exitCode: 0, stderr: '' });
    expect(withoutTimes(before.stdout)).toBe('development (memory) has the schema of 1.0.1, recorded <time>\n');
    objectsOf(cli).set('public.extra', 'table').delete('public.users');
    const after = await cli.squizzle('drift');
    expect(after.exitCode).toBe(5);
    expect(withoutTimes(after.stdout)).toMatchInlineSnapshot(`
      "+ table public.extra
      - table public.users

      development (memory): 2 objects differ from the schema of 1.0.1, recorded <time>
      "
    `);
  });

  it('prints JSON', async () => {
    const cli = await createBuilt();
    await cli.json('apply');
    expect(await cli.json('drift')).toMatchObject({ drifted: false, differences: [] });
    objectsOf(cli).set('public.extra', 'table');
    const { exitCode, stdout, stderr } = await cli.squizzle('drift --json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: '' });
    expect(withoutTimes(JSON.parse(stdout))).toMatchInlineSnapshot(`
      {
        "database": "memory",
        "differences": [
          {
            "change": "added",
            "kind": "table",
            "left": null,
            "name": "public.extra",
            "properties": [],
            "right": {},
          },
        ],
        "drifted": true,
        "environment": "development",
        "liveDigest": "sha256:<hash>",
        "liveServer": "18.0",
        "recordedAt": "<time>",
        "recordedDigest": "sha256:<hash>",
        "recordedServer": "18.0",
        "serverChanged": false,
        "version": "1.0.1",
      }
    `);
  });

  it('says that what differs cannot be told where the schema is not kept', async () => {
    const cli = await createBuilt();
    await cli.json('apply');
    const [database] = [...cli.databases.values()];
    Object.assign(database?.state ?? {}, { kept: null });
    objectsOf(cli).set('public.extra', 'table');
    const { exitCode, stdout } = await cli.squizzle('drift');
    expect(exitCode).toBe(5);
    expect(stdout).toContain('that schema is not kept, so what differs cannot be told');
  });

  it('says that the server was upgraded since', async () => {
    const cli = await createBuilt();
    await cli.json('apply');
    const [database] = [...cli.databases.values()];
    if (database !== undefined) database.facts = { ...database.facts, version: '19.1', versionNumber: 190_001 };
    expect((await cli.squizzle('drift')).stderr).toMatch(/^the server was PostgreSQL 18\.0 then and is 19\.1 now/);
  });

  it('works where nothing may be written, and takes no lock', async () => {
    const cli = await createBuilt();
    await cli.json('apply');
    const [database] = [...cli.databases.values()];
    const openDatabase = async () => {
      if (database === undefined) throw new TypeError('no database yet');
      return { ...database.connect(), withLock: () => Promise.reject(new TypeError('took the lock')) };
    };
    expect(await cli.squizzle('drift', { adapters: { openDatabase } })).toMatchObject({ exitCode: 0 });
  });

  it('is SCHEMA_UNRECORDED where there is nothing to compare with', async () => {
    const cli = await createBuilt();
    expect(await cli.failure('drift')).toMatchObject({ exitCode: 3, code: 'SCHEMA_UNRECORDED' });
  });
});

describe('diff', () => {
  it('shows what a release changes, seen on one scratch database that is thrown away', async () => {
    const cli = await createBuilt();
    const result = await cli.squizzle('diff 1.0.0 1.0.1');
    expect(result).toEqual({
      exitCode: 0,
      stdout: '+ table public.orders\n\n1 object differs between 1.0.0 and 1.0.1\n',
      stderr: 'scratch database: applying 1.0.0 (1 file)\nscratch database: applying 1.0.1 (1 file)\n',
    });
    expect(cli.scratchDatabases.map(({ removed }) => removed)).toEqual([true]);
    expect(cli.scratchTargets).toEqual([
      { kind: 'embedded', templateCacheFolder: expect.stringMatching(/squizzle$/) as string, ledgerSchema: 'squizzle' },
    ]);
    expect(cli.databases.size).toBe(0);
  });

  it('goes back as well, and ends with 5 when asked', async () => {
    const cli = await createBuilt();
    expect((await cli.squizzle('diff latest 1.0.0 --exit-code')).exitCode).toBe(5);
    expect((await cli.squizzle('diff latest 1.0.0 -q')).stdout).toContain('- table public.orders\n');
    const same = await cli.squizzle('diff 1.0.0 1.0.0 --exit-code -q');
    expect(same).toMatchObject({ exitCode: 0, stdout: '1.0.0 and 1.0.0 lead to the same schema\n' });
  });

  it('prints JSON', async () => {
    const cli = await createBuilt();
    expect(withoutDigests(await cli.json('diff 1.0.0 1.0.1'))).toMatchInlineSnapshot(`
      {
        "differ": true,
        "differences": [
          {
            "change": "added",
            "kind": "table",
            "left": null,
            "name": "public.orders",
            "properties": [],
            "right": {},
          },
        ],
        "from": {
          "digest": "sha256:<hash>",
          "schemaDigest": "sha256:<hash>",
          "version": "1.0.0",
        },
        "scratch": "memory",
        "to": {
          "digest": "sha256:<hash>",
          "schemaDigest": "sha256:<hash>",
          "version": "1.0.1",
        },
      }
    `);
  });

  it('takes two scratch databases for releases of which none descends from the other', async () => {
    const cli = await createBuilt();
    await cli.write({ 'db/migrations/0002_orders.sql': 'CREATE VIEW orders AS SELECT 1;\n' });
    await cli.json('build 1.1.0 --after 1.0.0', NO_GIT);
    expect((await cli.squizzle('diff 1.0.1 1.1.0 -q')).stdout).toContain('+ view public.orders\n');
    expect(cli.scratchDatabases).toHaveLength(2);
  });

  it.each([
    { call: 'diff 1.0.0 1.0.1 --scratch postgres://a@b/c', env: {}, why: 'the flag' },
    { call: 'diff 1.0.0 1.0.1', env: { SQUIZZLE_SCRATCH_URL: 'postgres://a@b/c' }, why: 'the variable' },
  ])('makes scratch databases on a server: $why', async ({ call, env }) => {
    const cli = await createBuilt();
    await cli.json(call, { env });
    expect(cli.scratchTargets).toEqual([
      { kind: 'server', connectionString: 'postgres://a@b/c', ledgerSchema: 'squizzle' },
    ]);
  });

  it.each([
    { args: 'diff 1.0.0', says: 'missing required argument' },
    { args: 'diff 1.0.0 1.0.1 --scratch mysql://root:hunter2@x/y', says: '--scratch names no server' },
  ])('$args is refused', async ({ args, says }) => {
    const failure = await (await createCli(SHOP)).failure(args);
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    expect(failure.message).toContain(says);
    expect(failure.message).not.toContain('hunter2');
  });

  it('asks for releases that are there, and that the environment trusts', async () => {
    const cli = await createBuilt();
    expect(await cli.failure('diff 1.0.0 7.0.0')).toMatchObject({ code: 'ARTIFACT_NOT_FOUND', exitCode: 3 });
    expect(await cli.failure('diff 1.0.0 1.0.1 -e production')).toMatchObject({
      code: 'SIGNATURE_MISSING',
      exitCode: 4,
    });
    expect(cli.scratchDatabases).toEqual([]);
  });

  it('says that it was on a scratch database that a release failed, and removes it', async () => {
    const cli = await createBuilt();
    await cli.write({ 'db/migrations/0003_extension.sql': 'FAIL 0A000;\n' });
    await cli.json('build', NO_GIT);
    const failure = await cli.failure('diff 1.0.0 1.0.2');
    expect(failure).toMatchObject({ exitCode: 6, code: 'STEP_FAILED' });
    expect(failure.message).toMatch(/^tried out on memory: migrations\/0003_extension\.sql:1:1/);
    expect(failure.message).toMatch(/--scratch <url> names a server that has what the releases need$/);
    expect(cli.scratchDatabases.map(({ removed }) => removed)).toEqual([true]);
  });
});

describe('compare', () => {
  const createTwo = async (): Promise<Cli> => {
    const cli = await createBuilt();
    await cli.json('apply 1.0.0');
    await cli.json('apply -e staging');
    return cli;
  };

  it('shows in what two environments differ', async () => {
    const cli = await createTwo();
    expect(await cli.squizzle('compare development staging')).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "stderr": "",
        "stdout": "+ table public.orders

      1 object differs:
        - development (memory) at 1.0.0, PostgreSQL 18.0
        + staging (memory) at 1.0.1, PostgreSQL 18.0
      ",
      }
    `);
    expect((await cli.squizzle('compare staging development --exit-code')).exitCode).toBe(5);
  });

  it('prints JSON', async () => {
    expect(withoutDigests(await (await createTwo()).json('compare development staging'))).toMatchInlineSnapshot(`
      {
        "differ": true,
        "differences": [
          {
            "change": "added",
            "kind": "table",
            "left": null,
            "name": "public.orders",
            "properties": [],
            "right": {},
          },
        ],
        "left": {
          "database": "memory",
          "environment": "development",
          "schemaDigest": "sha256:<hash>",
          "server": "18.0",
          "version": "1.0.0",
        },
        "right": {
          "database": "memory",
          "environment": "staging",
          "schemaDigest": "sha256:<hash>",
          "server": "18.0",
          "version": "1.0.1",
        },
      }
    `);
  });

  it('says that they are the same, and notes servers that may write them differently', async () => {
    const cli = await createTwo();
    await cli.json('apply');
    const staging = cli.databases.get(STAGING);
    if (staging !== undefined) staging.facts = { ...staging.facts, version: '15.4', versionNumber: 150_004 };
    const { exitCode, stdout, stderr } = await cli.squizzle('compare development staging --exit-code');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^the schemas are the same:\n/);
    expect(stderr).toContain('the servers are of different major versions');
  });

  it('takes databases from the configuration, not from the variable of the chosen environment', async () => {
    const cli = await createTwo();
    await cli.json('compare development staging', { env: { SQUIZZLE_DATABASE_URL: 'postgres://other/db' } });
    expect([...cli.databases.keys()]).not.toContain('postgres://other/db');
  });

  it.each([
    { args: 'compare staging staging', says: 'staging is compared with itself' },
    { args: 'compare staging prod', says: "there is no environment 'prod'" },
    { args: 'compare stagin development', says: "did you mean 'staging'?" },
    { args: 'compare staging', says: 'missing required argument' },
  ])('$args is refused', async ({ args, says }) => {
    const failure = await (await createCli(SHOP)).failure(args);
    expect(failure).toMatchObject({ code: 'USAGE_INVALID', exitCode: 2 });
    expect(failure.message).toContain(says);
  });
});
