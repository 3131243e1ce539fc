import { SquizzleError } from '@squizzle/core';
import { createMemoryDriver } from '@squizzle/core/testing';
import { describe, expect, it } from 'vitest';
import { createCli, ORDERS, SHOP, type Cli } from '../../test/cli-fixture.ts';

/** Builds that ask no git are ten times as fast. */
const NO_GIT = { env: { PATH: '' } };

async function createBuilt(orders: Record<string, string> = ORDERS): Promise<Cli> {
  const cli = await createCli(SHOP);
  await cli.json('build', NO_GIT);
  await cli.write(orders);
  await cli.json('build', NO_GIT);
  return cli;
}

const LEAVES = {
  'db/migrations/0002_orders.sql': 'CREATE TABLE orders (id int);\nCREATE OR REPLACE VIEW v AS SELECT 1;\n',
  'db/migrations/0002_orders.down.sql': 'DROP TABLE orders;\n',
};
const WAITS = {
  'db/migrations/0002_orders.sql': 'LOCK TABLE users;\nCREATE TABLE orders (id int);\n',
  'db/migrations/0002_orders.down.sql': 'DROP TABLE orders;\n',
};

describe('rehearse', () => {
  it('begins at the release that the database is at, and touches it not', async () => {
    const cli = await createBuilt(WAITS);
    await cli.json('apply 1.0.0');
    const { exitCode, stdout } = await cli.squizzle('rehearse');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1.0.1 from 1.0.0, on memory');
    expect(stdout).toContain('rolled back: the schema is as it was before\napplied again: the schema is the same\n');
    expect(stdout).toContain(
      'migrations/0002_orders.sql:1  LOCK TABLE users\n      AccessExclusiveLock public.users  (reads wait, too)',
    );
    expect(await cli.json('status')).toMatchObject({ current: '1.0.0' });
    expect(cli.scratchDatabases.map(({ removed }) => removed)).toEqual([true]);
  });

  it('ends with 5 where a rollback leaves something behind, and names it', async () => {
    const cli = await createBuilt(LEAVES);
    const { exitCode, stdout } = await cli.squizzle('rehearse --base 1.0.0 --json');
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      from: '1.0.0',
      to: '1.0.1',
      sound: false,
      rollback: { missing: null, differences: [{ change: 'added', kind: 'view', name: 'public.v' }] },
      again: [],
    });
    const human = await cli.squizzle('rehearse --base v1.0.0');
    expect(human.stdout).toContain('rolled back: 1 object differs from the schema before\n  + view public.v\n');
  });

  it.each([
    { args: '', from: null, why: 'an empty database' },
    { args: '--base empty', from: null, why: 'said in words' },
    { args: '1.0.1 --base 1.0.1', from: '1.0.0', why: 'what is there already: from the release before' },
    { args: '1.0.0 --base 1.0.0', from: null, why: 'the first release has none before' },
  ])('begins at $why', async ({ args, from }) => {
    const cli = await createBuilt();
    expect(await cli.json(`rehearse ${args}`)).toMatchObject({ from });
  });

  it('refuses a release that is not of the chain, with those that are', async () => {
    const cli = await createBuilt();
    const { exitCode, stderr } = await cli.squizzle('rehearse --base 0.9.0');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      "does not descend from 0.9.0; --base takes a release of its chain (1.0.0, 1.0.1) or 'empty'",
    );
  });

  it('says what failed where nothing can be closed any more either', async () => {
    const cli = await createBuilt();
    const gone = new SquizzleError('CONNECTION_LOST', 'the server is gone', { database: 'scratch' });
    const refuse = (): Promise<never> => Promise.reject(gone);
    const create = async () => {
      return { driver: { ...createMemoryDriver(), serverFacts: refuse }, [Symbol.asyncDispose]: refuse };
    };
    const adapters = {
      openScratch: async () => ({ description: 'a server', create }),
      openDatabase: async () => ({ ...createMemoryDriver(), close: refuse }),
    };
    const { exitCode, stderr } = await cli.squizzle('rehearse', { adapters });
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/^error\[CONNECTION_LOST\]: tried out on a server: the server is gone\n/);
  });

  it('ends with 6 where the release fails, and says that it was tried out only', async () => {
    const cli = await createBuilt({ 'db/migrations/0002_orders.sql': 'FAIL 42703;\n' });
    const { exitCode, stderr } = await cli.squizzle('rehearse');
    expect(exitCode).toBe(6);
    expect(stderr).toContain('tried out on memory');
  });
});
