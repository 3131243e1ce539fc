import type { DatabaseDriver, MigrationTransaction } from '@squizzle/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, describeEachServer, type TestDatabase } from '../../../test/servers.ts';
import { createPostgresDriver } from '../../index.ts';

describeEachServer('questions', (server) => {
  let database: TestDatabase;
  let driver: DatabaseDriver;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    driver = createPostgresDriver({ connectionString: database.url });
    await database.run(`CREATE TABLE items (id int); CREATE SEQUENCE numbers;
      CREATE DOMAIN truth AS boolean;
      CREATE VIEW endless AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT id FROM n;
      CREATE FUNCTION add_item() RETURNS boolean LANGUAGE sql VOLATILE AS 'INSERT INTO items VALUES (1) RETURNING true'`);
  });
  afterAll(() => database.drop());

  const inTransaction = <T>(work: (transaction: MigrationTransaction) => Promise<T>): Promise<T> =>
    driver.withLock((session) => session.transaction(work));

  it.each([
    { question: 'SELECT true -- as it should be', found: null, why: 'a comment at the end' },
    { question: 'VALUES (true);', found: null, why: 'VALUES is a query' },
    { question: 'WITH a AS (SELECT 1 AS x) SELECT x = 1 FROM a', found: null, why: 'so is WITH' },
    { question: 'SELECT true::truth', found: null, why: 'a domain over boolean' },
    { question: "SELECT 'true'::jsonb", found: "'true'", why: 'JSON is no truth value' },
    { question: 'SELECT', found: '0 columns', why: 'a query may have none' },
    { question: 'SELECT true, true', found: '2 columns', why: 'which of them counts?' },
    { question: 'SELECT true FROM generate_series(1, 1000)', found: '1000 rows', why: 'they are counted, not fetched' },
    { question: 'SELECT true FROM endless', found: 'more than 1000 rows', why: 'and not counted for ever' },
    { question: 'SELECT id FROM endless', found: 'more than 1000 rows', why: 'whatever they are' },
    { question: 'SELECT id, id FROM endless', found: 'more than 1000 rows', why: 'and however many columns they have' },
    { question: 'SELECT true WHERE false', found: 'no row', why: 'nothing is not true' },
    { question: "SELECT 'x' WHERE false", found: 'no row', why: 'nor anything else' },
    { question: 'SELECT NULL::boolean', found: 'NULL', why: 'that is not true' },
    { question: 'SELECT NULL::date', found: 'NULL', why: 'it is no value' },
    { question: "SELECT ''", found: "''", why: 'this is one' },
    { question: "SELECT 'NULL'", found: "'NULL'", why: 'and this' },
    { question: "SELECT '😀' || repeat('x', 1000)", found: `'😀${'x'.repeat(199)}…'`, why: 'it is shown to people' },
  ])('answers $question with $found: $why', async ({ question, found }) => {
    expect(await inTransaction((transaction) => transaction.ask(question))).toBe(found);
  });

  it.each([
    { question: 'COMMIT', sqlState: '42601', offset: 0, why: 'it would end the transaction' },
    {
      question: 'ROLLBACK TO SAVEPOINT squizzle_question',
      sqlState: '42601',
      offset: 0,
      why: 'it would end it in part',
    },
    { question: 'SELECT true; COMMIT', sqlState: '42601', offset: null, why: 'these are two' },
    { question: 'DROP TABLE items', sqlState: '42601', offset: 0, why: 'it is no query' },
    { question: 'DELETE FROM items RETURNING true', sqlState: '42601', offset: 0, why: 'it is none either' },
    { question: '', sqlState: '42601', offset: 0, why: 'there is none' },
    {
      question: 'SELECT /* ü😀 */ nonsense',
      sqlState: '42703',
      offset: 16,
      why: 'the place counts from its own start',
    },
    { question: 'SELECT add_item()', sqlState: '25006', offset: null, why: 'it writes' },
    { question: "SELECT nextval('numbers') > 0", sqlState: '25006', offset: null, why: 'that could not be undone' },
    { question: 'SELECT true FROM items FOR UPDATE', sqlState: '25006', offset: null, why: 'it locks' },
    { question: 'SELECT $1::boolean', sqlState: '08P01', offset: null, why: 'nobody gives it a value' },
    { question: 'SELECT 1/0 = 1', sqlState: '22012', offset: null, why: 'it fails' },
  ])('refuses $question with $sqlState: $why', async ({ question, sqlState, offset }) => {
    const after = await inTransaction(async (transaction) => {
      await transaction.execute([{ sql: 'CREATE TABLE asked (id int)' }]);
      const details = { sqlState, offset, index: 0 };
      await expect(transaction.ask(question)).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details });
      await transaction.execute([{ sql: "INSERT INTO asked VALUES (nextval('numbers')); DROP TABLE asked" }]);
      return 'the transaction went on, and may write';
    });
    expect(after).toContain('went on');
  });

  it('leaves a value that is large on the server', async () => {
    const before = process.memoryUsage().heapUsed;
    const found = await inTransaction((transaction) => transaction.ask("SELECT repeat('x', 50000000)"));
    expect(found).toHaveLength(203);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000);
  });

  it('tells where in the database it failed, and nothing of how it is asked', async () => {
    const run = inTransaction((transaction) => transaction.ask('SELECT 1/0'));
    await expect(run).rejects.toMatchObject({ details: { sqlState: '22012', context: null } });
  });

  it('undoes settings, and those that the transaction had stay', async () => {
    const found = await inTransaction(async (transaction) => {
      const set =
        "SELECT set_config('lock_timeout', '1ms', false) = '1ms' AND set_config('role', 'none', false) = 'none'";
      return [
        await transaction.ask(set),
        await transaction.ask("SELECT current_setting('lock_timeout') = '3s'"),
        await transaction.ask("SELECT current_setting('transaction_read_only') = 'on'"),
      ];
    });
    expect(found).toEqual([null, null, null]);
  });

  it('finds out a question that gives the migration lock back', async () => {
    const run = inTransaction((transaction) => transaction.ask('SELECT pg_advisory_unlock_all() IS NOT NULL'));
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '55000' } });
  });
});
