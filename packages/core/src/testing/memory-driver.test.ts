import { describe, expect, it } from 'vitest';
import { describeDatabaseDriverContract } from './database-driver-contract.ts';
import { createMemoryDatabase, createMemoryDriver } from './memory-driver.ts';

describeDatabaseDriverContract('memory driver', async () => {
  const database = createMemoryDatabase();
  return {
    driver: database.connect(),
    another: async () => database.connect(),
    tableExists: async (name) => database.state.objects.get(`public.${name}`) === 'table',
    capabilities: { secondSession: true, cancellation: true, guardedLedger: 'no SQL reaches its ledger' },
    close: async () => undefined,
  };
});

describe('memory driver', () => {
  it.each([
    { sql: 'FAIL 55P03', sqlState: '55P03', why: 'engine tests need lock time-outs' },
    { sql: "INSERT INTO t VALUES ('a;b'); FAIL 40P01", sqlState: '40P01', why: 'quoted semicolons end nothing' },
    { sql: 'DROP TABLE missing', sqlState: '42P01', why: 'dropping needs something to drop' },
  ])('fails $sql with $sqlState: $why', async ({ sql, sqlState }) => {
    const run = createMemoryDriver().withLock((session) => session.executeOutsideTransaction({ sql }));
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState } });
  });

  it('lets a test fail any statement and see what was committed', async () => {
    const database = createMemoryDatabase();
    database.beforeStatement = (statement) => {
      if (statement.includes('two')) throw new RangeError('stop');
    };
    const run = database.connect().withLock(async (session) => {
      await session.transaction((transaction) => transaction.execute([{ sql: 'CREATE TABLE one (id int)' }]));
      await session.transaction((transaction) => transaction.execute([{ sql: 'CREATE TABLE two (id int)' }]));
    });
    await expect(run).rejects.toThrow('stop');
    expect(database.state.executed).toEqual(['CREATE TABLE one (id int)']);
  });

  it.each([
    { state: undefined, effect: 'absent' },
    { state: 'index', effect: 'done' },
    { state: 'invalid-index', effect: 'leftover' },
  ] as const)('tells an index that is $state as $effect, and clears it', async ({ state, effect }) => {
    const database = createMemoryDatabase();
    if (state !== undefined) database.state.objects.set('public.ix', state);
    const create = { kind: 'create-index', index: 'ix', table: 't', ifNotExists: false, unique: false } as const;
    await database.connect().withLock(async (session) => {
      expect(await session.inspectEffect(create)).toBe(effect);
      expect(await session.inspectEffect({ kind: 'drop-index', index: 'ix' })).toBe(
        state === undefined ? 'done' : 'absent',
      );
      await session.clearLeftover(create);
      expect(await session.inspectEffect(create)).toBe('absent');
    });
  });
});
