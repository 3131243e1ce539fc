import { describe, expect, it } from 'vitest';
import { createMemoryDatabase } from '@squizzle/core/testing';
import { createCli, ORDERS, SHOP, SHOP_CONFIG, withoutDigests, type Cli } from '../../test/cli-fixture.ts';

const PRODUCTION = 'postgres://db/shop';
const CONFIG = SHOP_CONFIG.replace('database: ${DATABASE_URL}', `database: ${PRODUCTION}`).replace(
  'allowed: false',
  'allowed: true, reason: a test',
);

/** Builds that ask no git are ten times as fast. */
const NO_GIT = { env: { PATH: '' } };

/** 1.0.0 has users, 1.0.1 orders, too; production has the tables that are named, and no ledger. */
async function createLegacy(tables: readonly string[], args = ''): Promise<Cli> {
  const cli = await createCli({ ...SHOP, 'squizzle.yaml': CONFIG });
  await cli.json(`build ${args}`, NO_GIT);
  await cli.write(ORDERS);
  await cli.json(`build ${args}`, NO_GIT);
  cli.scratchTargets.length = 0;
  cli.scratchDatabases.length = 0;
  const database = createMemoryDatabase();
  for (const table of tables) database.state.objects.set(`public.${table}`, 'table');
  cli.databases.set(PRODUCTION, database);
  return cli;
}

const stateOf = (cli: Cli) => {
  const database = cli.databases.get(PRODUCTION);
  if (database === undefined) throw new TypeError('no database');
  return database.state;
};

describe('baseline', () => {
  it('records the release that is named, and runs nothing', async () => {
    const cli = await createLegacy(['users']);
    const { exitCode, stdout, stderr } = await cli.squizzle('baseline 1.0.0 -e production');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(withoutDigests(stdout)).toBe(
      'production (memory) is recorded as being at 1.0.0 (sha256:<short>); nothing was run\n',
    );
    expect(stateOf(cli).executed).toEqual([]);
    expect(await cli.json('status -e production')).toMatchObject({
      current: '1.0.0',
      pending: 1,
      releases: [{ state: 'baselined' }, { state: 'pending' }],
    });
    expect(await cli.json('apply -e production')).toMatchObject({ from: '1.0.0', to: '1.0.1' });
  });

  it('prints JSON', async () => {
    const cli = await createLegacy(['users']);
    expect(withoutDigests(await cli.json('baseline 1.0.0 -e production'))).toMatchInlineSnapshot(`
      {
        "database": "memory",
        "detected": null,
        "digest": "sha256:<hash>",
        "environment": "production",
        "name": "shop",
        "outcome": "recorded",
        "schemaDigest": "sha256:<hash>",
        "seq": 1,
        "version": "1.0.0",
      }
    `);
  });

  it('finds the release whose schema the database has, on a scratch database', async () => {
    const cli = await createLegacy(['users']);
    const { exitCode, stdout, stderr } = await cli.squizzle('baseline --detect -e production');
    expect(exitCode).toBe(0);
    expect(withoutDigests(stdout)).toMatchInlineSnapshot(`
      "found 1.0.0: on a scratch database it led to the schema that the database has
      production (memory) is recorded as being at 1.0.0 (sha256:<short>); nothing was run
      "
    `);
    expect(stderr).toMatch(/^scratch database: applying 1\.0\.0 /);
    expect(cli.scratchDatabases.map(({ removed }) => removed)).toEqual([true]);
    expect((await cli.squizzle('history -e production')).stdout).toContain('found by its schema (rehearsed)');
  });

  it('needs no scratch database where builds declare their schemas', async () => {
    const cli = await createLegacy(['users', 'orders'], '--declare-schema');
    const found = await cli.json('baseline --detect -e production');
    expect(found).toMatchObject({ outcome: 'recorded', version: '1.0.1', detected: 'declared', seq: 1 });
    expect(cli.scratchTargets).toEqual([]);
  });

  it('needs none either where another environment recorded them', async () => {
    const cli = await createLegacy(['users']);
    for (const version of ['1.0.0', '1.0.1']) await cli.json(`apply ${version}`);
    const args = 'baseline --detect --no-rehearse --from development -e production';
    expect(await cli.json(args)).toMatchObject({ version: '1.0.0', detected: 'recorded' });
    expect(cli.scratchTargets).toEqual([]);
  });

  it('takes no word for it where a newer release may lead to the same schema', async () => {
    const cli = await createLegacy(['users', 'orders']);
    await cli.write({ 'db/migrations/0003_data.sql': 'INSERT INTO orders VALUES (1);\n' });
    await cli.json('build', NO_GIT);
    await cli.json('apply 1.0.1');
    const call = 'baseline --detect --from development -e production';
    expect(await cli.failure(`${call} --no-rehearse`)).toMatchObject({
      exitCode: 3,
      code: 'SCHEMA_UNKNOWN',
      details: { fitting: ['1.0.1'], unknown: ['1.0.0', '1.0.2'] },
    });
    const failure = await cli.failure(call);
    expect(failure).toMatchObject({ code: 'SCHEMA_UNKNOWN', details: { fitting: ['1.0.1', '1.0.2'], unknown: [] } });
    expect(failure.message).toContain('1.0.1 and 1.0.2 lead to this schema');
    expect(failure.message).not.toContain('from 1.0');
    expect(stateOf(cli)).toMatchObject({ initialized: false, events: [] });
  });

  it('tries nothing out where several releases declare the schema', async () => {
    const cli = await createLegacy(['users', 'orders'], '--declare-schema');
    await cli.write({ 'db/migrations/0003_data.sql': 'INSERT INTO orders VALUES (1);\n' });
    await cli.json('build --declare-schema', NO_GIT);
    cli.scratchTargets.length = 0;
    expect(await cli.failure('baseline --detect -e production')).toMatchObject({
      code: 'SCHEMA_UNKNOWN',
      details: { fitting: ['1.0.1', '1.0.2'] },
    });
    expect(cli.scratchTargets).toEqual([]);
  });

  it('looks no further than the release that is named', async () => {
    const cli = await createLegacy(['users', 'orders']);
    expect(await cli.failure('baseline 1.0.0 --detect -e production')).toMatchObject({ code: 'SCHEMA_UNKNOWN' });
  });

  it('records nothing on a dry run', async () => {
    const cli = await createLegacy(['users']);
    const call = 'baseline --detect --dry-run -e production';
    expect(await cli.json(call)).toMatchObject({
      outcome: 'dry-run',
      version: '1.0.0',
      detected: 'rehearsed',
      seq: null,
    });
    expect((await cli.squizzle(`${call} -q`)).stdout).toContain('would be recorded as being at 1.0.0');
    expect(stateOf(cli)).toMatchObject({ initialized: false, events: [] });
  });

  it('is SCHEMA_UNKNOWN with the differences from the nearest release, and records nothing', async () => {
    const cli = await createLegacy(['users', 'orders', 'extra']);
    const { exitCode, stdout, stderr } = await cli.squizzle('baseline --detect -e production -q');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toContain('nearest is 1.0.1, from which 1 object differs');
    expect(stderr).toMatch(/\nfrom 1\.0\.1 \(-\) to this database \(\+\):\n\+ table public\.extra\n$/);
    expect(stateOf(cli).initialized).toBe(false);
    const database = cli.databases.get(PRODUCTION);
    if (database !== undefined) database.facts = { ...database.facts, version: '14.9', versionNumber: 140_009 };
    expect((await cli.squizzle('baseline --detect -e production -q')).stderr).toMatch(
      /\nthe scratch database was PostgreSQL 18\.0, this one is 14\.9, .*: --scratch <url> names a server of the same\n$/,
    );
  });

  it.each([
    { args: '--detect --no-rehearse', says: 'of no release is the schema known' },
    { args: '--detect --no-rehearse --from development', says: 'of no release is the schema known' },
  ])('is SCHEMA_UNKNOWN for $args where nobody knows a schema', async ({ args, says }) => {
    const failure = await (await createLegacy(['users'])).failure(`baseline ${args} -e production`);
    expect(failure).toMatchObject({ exitCode: 3, code: 'SCHEMA_UNKNOWN' });
    expect(failure.message).toContain(says);
  });

  it('refuses a database that has a release, before anything is tried out', async () => {
    const cli = await createLegacy([]);
    await cli.json('apply 1.0.0 -e production');
    for (const args of ['1.0.1', '--detect']) {
      expect(await cli.failure(`baseline ${args} -e production`)).toMatchObject({
        exitCode: 5,
        code: 'BASELINE_REFUSED',
        details: { current: '1.0.0' },
      });
    }
    expect(cli.scratchTargets).toEqual([]);
  });

  it('waits for the lock no longer than it is told', async () => {
    const cli = await createLegacy(['users']);
    const held = cli.databases.get(PRODUCTION)?.connect();
    await held?.withLock(async () => {
      const call = 'baseline 1.0.0 -e production --wait 0';
      expect(await cli.failure(call)).toMatchObject({ exitCode: 5, code: 'LOCK_TIMEOUT' });
      const { stderr } = await cli.squizzle('baseline 1.0.0 -e production --wait 10ms');
      expect(stderr).toMatch(/^waiting for another migration to end: squizzle\nerror/);
    });
  });

  it.each([
    { args: 'baseline', says: 'name it, or let it be found out: --detect' },
    { args: 'baseline 1.0.0 --from staging', says: '--from is for --detect' },
    { args: 'baseline 1.0.0 --scratch postgres://a/b', says: '--scratch is for --detect' },
    { args: 'baseline 1.0.0 --no-rehearse', says: '--no-rehearse is for --detect' },
    { args: 'baseline --detect --from stagin -e production', says: "did you mean 'staging'?" },
  ])('$args is refused', async ({ args, says }) => {
    const failure = await (await createCli({ ...SHOP, 'squizzle.yaml': CONFIG })).failure(args);
    expect(failure).toMatchObject({ exitCode: 2, code: 'USAGE_INVALID' });
    expect(failure.message).toContain(says);
  });
});
