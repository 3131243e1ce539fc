import { describe, expect, it } from 'vitest';
import { describeDatabaseDriverContract } from './database-driver-contract.ts';
import { createMemoryDatabase, createMemoryDriver } from './memory-driver.ts';

describeDatabaseDriverContract('memory driver', async () => {
  const database = createMemoryDatabase();
  return {
    driver: database.connect(),
    another: async () => database.connect(),
    tableExists: async (name) => database.state.objects.get(`public.${name}`) === 'table',
    capabilities: {
      secondSession: true,
      cancellation: true,
      guardedLedger: 'no SQL reaches its ledger',
      lockConflicts: 'it knows no lock but that of migrations',
    },
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
    { state: 'partition', effect: 'absent', after: 'absent' },
    { state: 'detaching-partition', effect: 'leftover', after: 'done' },
    { state: 'table', effect: 'done', after: 'done' },
    { state: undefined, effect: 'unknown', after: 'unknown' },
  ] as const)('tells a detach of what is $state as $effect, and finishes one that is pending', async (row) => {
    const database = createMemoryDatabase();
    if (row.state !== undefined) database.state.objects.set('public.p1', row.state);
    const detach = { kind: 'detach-partition', table: 'p', partition: 'p1' } as const;
    await database.connect().withLock(async (session) => {
      expect(await session.inspectEffect(detach)).toBe(row.effect);
      await session.clearLeftover(detach);
      expect(await session.inspectEffect(detach)).toBe(row.after);
    });
  });

  it('detaches a partition once, and not one whose detach is pending', async () => {
    const database = createMemoryDatabase();
    const detach = { sql: 'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY' };
    await database.connect().withLock(async (session) => {
      database.state.objects.set('public.p1', 'detaching-partition');
      await expect(session.executeOutsideTransaction(detach)).rejects.toMatchObject({ details: { sqlState: '55000' } });
      database.state.objects.set('public.p1', 'partition');
      await session.executeOutsideTransaction(detach);
    });
    expect(database.state.objects.get('public.p1')).toBe('table');
  });

  it.each([
    { repair: { kind: 'restore-ledger-guard' }, left: [], faults: 0, why: 'the guard is made anew' },
    { repair: { kind: 'drop-index', index: 'public.x' }, left: [], faults: 1, why: 'the remnant is gone' },
    { repair: { kind: 'rebuild-index', index: 'public.x' }, left: ['index'], faults: 1, why: 'it is built again' },
  ] as const)('mends with $repair.kind: $why', async ({ repair, left, faults }) => {
    const database = createMemoryDatabase();
    if (repair.kind !== 'restore-ledger-guard') database.state.objects.set('public.x', 'invalid-index');
    database.state.faults.push({ part: 'view squizzle.current', state: 'missing' });
    const driver = database.connect();
    await driver.withLock((session) => session.repair(repair));
    expect([...database.state.objects.values()]).toEqual(left);
    expect((await driver.examine()).ledger?.faults).toHaveLength(faults);
    expect((await driver.examine()).invalidIndexes).toEqual([]);
  });

  it.each([
    { state: undefined, effect: 'absent' },
    { state: 'index', effect: 'done' },
    { state: 'invalid-index', effect: 'leftover' },
  ] as const)(
    'tells an index that is $state as $effect, and clears away what was left alone',
    async ({ state, effect }) => {
      const database = createMemoryDatabase();
      if (state !== undefined) database.state.objects.set('public.ix', state);
      const create = { kind: 'create-index', index: 'ix', table: 't', ifNotExists: false, unique: false } as const;
      await database.connect().withLock(async (session) => {
        expect(await session.inspectEffect(create)).toBe(effect);
        expect(await session.inspectEffect({ kind: 'drop-index', index: 'ix' })).toBe(
          state === undefined ? 'done' : 'absent',
        );
        await session.clearLeftover(create);
        expect(await session.inspectEffect(create)).toBe(state === 'index' ? 'done' : 'absent');
      });
    },
  );
});
