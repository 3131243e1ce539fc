import type { DatabaseDriver, MigrationSession, StatementEffect } from '@squizzle/core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, describeEachServer, runSql, type TestDatabase } from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

const INDEX = { kind: 'create-index', index: 'ix', table: 'items', ifNotExists: false, unique: false } as const;
const DETACH = { kind: 'detach-partition', table: 'app.parent', partition: 'app.part' } as const;
const INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix'::regclass";

describeEachServer('effects', (server) => {
  let database: TestDatabase;
  let driver: DatabaseDriver;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    driver = createPostgresDriver({ connectionString: database.url });
    await database.run(`CREATE SCHEMA app; CREATE TABLE items (id int); CREATE TABLE others (id int); CREATE TABLE app.items (id int);
      CREATE TABLE app.parent (id int) PARTITION BY RANGE (id); CREATE TABLE app.part PARTITION OF app.parent FOR VALUES FROM (0) TO (9)`);
  });
  afterEach(() => database.drop());

  const inSession = <T>(work: (session: MigrationSession) => Promise<T>): Promise<T> => driver.withLock(work);

  it.each([
    { effect: INDEX, sql: 'SELECT 1', state: 'absent', why: 'there is none' },
    { effect: INDEX, sql: 'CREATE INDEX ix ON items (id)', state: 'done', why: 'it is valid' },
    { effect: INDEX, sql: `CREATE INDEX ix ON items (id); ${INVALID}`, state: 'leftover', why: 'it is invalid' },
    { effect: INDEX, sql: 'CREATE INDEX ix ON app.items (id)', state: 'absent', why: 'that one is in another schema' },
    {
      effect: INDEX,
      sql: 'CREATE INDEX ix ON others (id)',
      state: 'unknown',
      why: 'the name is taken on another table',
    },
    { effect: INDEX, sql: 'CREATE TABLE ix (id int)', state: 'unknown', why: 'the name is taken by a table' },
    { effect: INDEX, sql: 'CREATE INDEX ix_ccnew ON items (id)', state: 'absent', why: 'REINDEX’s own is not ours' },
    { effect: { ...INDEX, table: 'gone' }, sql: 'SELECT 1', state: 'absent', why: 'the table is gone' },
    { effect: { ...INDEX, index: 'IX' }, sql: 'CREATE INDEX ix ON items (id)', state: 'done', why: 'names are folded' },
    {
      effect: { ...INDEX, index: '"Ix 1"', table: 'app.items' },
      sql: 'CREATE INDEX "Ix 1" ON app.items (id)',
      state: 'done',
      why: 'quoted',
    },
    { effect: { ...INDEX, index: null }, sql: 'SELECT 1', state: 'unknown', why: 'it has no name' },
    { effect: { kind: 'drop-index', index: 'ix' }, sql: 'SELECT 1', state: 'done', why: 'it is gone' },
    {
      effect: { kind: 'drop-index', index: 'public.ix' },
      sql: 'CREATE INDEX ix ON items (id)',
      state: 'absent',
      why: 'it is there',
    },
    { effect: DETACH, sql: 'SELECT 1', state: 'absent', why: 'it is attached' },
    { effect: DETACH, sql: 'ALTER TABLE app.parent DETACH PARTITION app.part', state: 'done', why: 'it is detached' },
    {
      effect: DETACH,
      sql: 'UPDATE pg_inherits SET inhdetachpending = true',
      state: 'leftover',
      why: 'it is half detached',
    },
    { effect: DETACH, sql: 'DROP TABLE app.part', state: 'unknown', why: 'the partition is gone' },
    { effect: { kind: 'create-database', name: 'postgres' }, sql: 'SELECT 1', state: 'done', why: 'it exists' },
    { effect: { kind: 'create-database', name: 'nope' }, sql: 'SELECT 1', state: 'absent', why: 'it does not' },
    { effect: { kind: 'drop-database', name: 'nope' }, sql: 'SELECT 1', state: 'done', why: 'it is gone' },
    { effect: { kind: 'create-tablespace', name: 'pg_default' }, sql: 'SELECT 1', state: 'done', why: 'it exists' },
    { effect: { kind: 'drop-tablespace', name: 'pg_default' }, sql: 'SELECT 1', state: 'absent', why: 'it exists' },
    { effect: { kind: 'create-subscription', name: 'sub' }, sql: 'SELECT 1', state: 'absent', why: 'there is none' },
    { effect: { kind: 'drop-subscription', name: 'sub' }, sql: 'SELECT 1', state: 'done', why: 'there is none' },
    {
      effect: { kind: 'own-transaction' },
      sql: 'SELECT 1',
      state: 'unknown',
      why: 'it leaves nothing of a known form',
    },
    { effect: { kind: 'rerunnable' }, sql: 'SELECT 1', state: 'absent', why: 'it can run again' },
  ] as const satisfies readonly { effect: StatementEffect; sql: string; state: string; why: string }[])(
    '$effect.kind is $state: $why ($sql)',
    async ({ effect, sql, state }) => {
      await database.run(sql);
      expect(await inSession((session) => session.inspectEffect(effect))).toBe(state);
    },
  );

  it('drops an index that was left invalid, and no other', async () => {
    await database.run(`CREATE INDEX ix ON items (id); ${INVALID}`);
    await inSession(async (session) => {
      await session.clearLeftover(INDEX);
      expect(await session.inspectEffect(INDEX)).toBe('absent');
      await session.executeOutsideTransaction({ sql: 'CREATE INDEX CONCURRENTLY ix ON items (id)' });
      await session.clearLeftover(INDEX);
      expect(await session.inspectEffect(INDEX)).toBe('done');
    });
  });

  it('finds what a failed CREATE UNIQUE INDEX CONCURRENTLY really leaves', async () => {
    await database.run('INSERT INTO items VALUES (1), (1)');
    await inSession(async (session) => {
      const build = session.executeOutsideTransaction({ sql: 'CREATE UNIQUE INDEX CONCURRENTLY ix ON items (id)' });
      await expect(build).rejects.toMatchObject({ details: { sqlState: '23505' } });
      expect(await session.inspectEffect(INDEX)).toBe('leftover');
      await session.clearLeftover(INDEX);
      expect(await session.inspectEffect(INDEX)).toBe('absent');
    });
  });

  it('finishes a detach that was cut off', async () => {
    const holder = createPostgresDriver({ connectionString: database.url, ledgerSchema: 'holder' });
    await inSession(async (session) => {
      await holder.withLock((other) =>
        other.transaction(async (transaction) => {
          await transaction.execute([{ sql: 'SELECT * FROM app.parent' }]);
          const sql = 'ALTER TABLE app.parent DETACH PARTITION app.part CONCURRENTLY';
          const detach = session.executeOutsideTransaction({
            sql,
            settings: { lockTimeoutMs: 200, statementTimeoutMs: 500 },
          });
          await expect(detach).rejects.toMatchObject({ code: 'STATEMENT_FAILED' });
        }),
      );
      expect(await session.inspectEffect(DETACH)).toBe('leftover');
      await session.clearLeftover(DETACH);
      expect(await session.inspectEffect(DETACH)).toBe('done');
    });
  });

  it('leaves alone what needs no clearing', async () => {
    await inSession(async (session) => {
      for (const effect of [{ kind: 'rerunnable' } as const, { ...INDEX, index: null }, DETACH]) {
        await expect(session.clearLeftover(effect)).resolves.toBeUndefined();
      }
    });
  });
});

describeEachServer('an interrupted subscription', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    await database.run(
      "CREATE SUBSCRIPTION here CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    );
  });
  afterAll(async () => {
    await database.run('DROP SUBSCRIPTION here');
    await database.drop();
  });

  it('is found in its own database only', async () => {
    const effect = { kind: 'create-subscription', name: 'here' } as const;
    const inspect = (connectionString: string): Promise<string> =>
      createPostgresDriver({ connectionString }).withLock((session) => session.inspectEffect(effect));
    expect(await inspect(database.url)).toBe('done');
    const other = await createTestDatabase(server);
    expect(await inspect(other.url)).toBe('absent');
    await other.drop();
    expect(await runSql(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
