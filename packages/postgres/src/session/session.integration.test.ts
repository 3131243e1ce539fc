import { ledgerEntry } from '@squizzle/core/testing';
import { sealEntry, type DatabaseDriver, type MigrationTransaction, type ServerNotice } from '@squizzle/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { containing, matching } from '../../test/matchers.ts';
import { createTestDatabase, describeEachServer, type TestDatabase } from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

describeEachServer('sessions', (server) => {
  let database: TestDatabase;
  let driver: DatabaseDriver;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    driver = createPostgresDriver({ connectionString: database.url });
  });
  afterEach(() => database.drop());

  const inTransaction = <T>(work: (transaction: MigrationTransaction) => Promise<T>): Promise<T> =>
    driver.withLock((session) => session.transaction(work));
  /** Keeps what a session sees of itself where it can be looked at afterwards. */
  const note = (expression: string): string => `INSERT INTO notes SELECT ${expression}`;
  const notes = async (): Promise<readonly unknown[]> =>
    (await database.run('SELECT note FROM notes ORDER BY id')).map((row) => row['note']);
  const prepareNotes = (): Promise<unknown> =>
    database.run('CREATE TABLE notes (note text, id int GENERATED ALWAYS AS IDENTITY)');

  it('has its limits and its name, and gives a text the limits it asks for', async () => {
    await prepareNotes();
    const sql = note(
      "format('%s %s %s', current_setting('lock_timeout'), current_setting('statement_timeout'), current_setting('application_name'))",
    );
    const settings = { lockTimeoutMs: 77, statementTimeoutMs: 88_000 };
    const options = { applicationName: 'squizzle 1.2.3 run', lockTimeoutMs: 2_000, statementTimeoutMs: 99_000 };
    await driver.withLock(async (session) => {
      await session.transaction((transaction) => transaction.execute([{ sql }, { sql, settings }, { sql }]));
      await session.executeOutsideTransaction({ sql, settings });
      await session.executeOutsideTransaction({ sql });
    }, options);
    const [usual, own] = ['2s 99s squizzle 1.2.3 run', '77ms 88s squizzle 1.2.3 run'];
    expect(await notes()).toEqual([usual, own, usual, own, usual]);
  });

  it('waits for locks no longer than 3 seconds unless said', async () => {
    await prepareNotes();
    await inTransaction((transaction) => transaction.execute([{ sql: note("current_setting('lock_timeout')") }]));
    expect(await notes()).toEqual(['3s']);
  });

  it('takes back roles and settings that a text set', async () => {
    await prepareNotes();
    await database.run('DO $$ BEGIN CREATE ROLE other; EXCEPTION WHEN duplicate_object THEN END $$');
    await database.run('GRANT ALL ON notes TO other');
    const sql = note("format('%s %s %s', current_user, current_setting('lock_timeout'), current_setting('work_mem'))");
    const leak = `SET ROLE other; SET lock_timeout = 1; SET work_mem = '123MB'; ${sql}`;
    await driver.withLock(async (session) => {
      await session.transaction((transaction) => transaction.execute([{ sql: leak }, { sql }]));
      await session.executeOutsideTransaction({ sql: 'SET SESSION AUTHORIZATION other' });
      await session.transaction((transaction) => transaction.execute([{ sql }]));
    });
    const usual = matching(/^postgres 3s (?!123MB)/);
    expect(await notes()).toEqual(['other 1ms 123MB', usual, usual]);
  });

  it('passes on notices', async () => {
    const heard: ServerNotice[] = [];
    const sql = "DO $$ BEGIN RAISE WARNING 'careful'; END $$";
    await driver.withLock((session) => session.executeOutsideTransaction({ sql }), {
      onNotice: (notice) => heard.push(notice),
    });
    expect(heard).toContainEqual({ severity: 'WARNING', message: 'careful' });
  });

  it('does not keep the rows of a text in memory', async () => {
    const before = process.memoryUsage().heapUsed;
    await inTransaction((transaction) =>
      transaction.execute([{ sql: "SELECT repeat('x', 100) FROM generate_series(1, 300000)" }]),
    );
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000);
  });

  it.each([
    { sql: 'COMMIT', why: 'nothing may be committed before the ledger' },
    { sql: 'CREATE TABLE a (id int); ROLLBACK', why: 'what was rolled back must not be recorded' },
    { sql: 'COMMIT; BEGIN', why: 'another transaction is not the one that was begun' },
  ])('refuses a text that ends the transaction, $sql: $why', async ({ sql }) => {
    const run = inTransaction(async (transaction) => {
      await transaction.execute([{ sql }]);
      await transaction.append(sealEntry(ledgerEntry({}), null));
    });
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '2D000', index: 0 } });
    expect((await driver.readHistory()).events).toEqual([]);
  });

  it('refuses a text outside a transaction that leaves one open', async () => {
    const run = driver.withLock((session) =>
      session.executeOutsideTransaction({ sql: 'BEGIN; CREATE TABLE a (id int)' }),
    );
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '25001' } });
    expect(await database.run("SELECT to_regclass('a') AS found")).toEqual([{ found: null }]);
  });

  it('tells what the server says at COMMIT', async () => {
    const sql = `CREATE TABLE parent (id int PRIMARY KEY);
      CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO child VALUES (1)`;
    const run = inTransaction((transaction) => transaction.execute([{ sql }]));
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '23503', index: -1 } });
  });

  it('does not report a transaction as committed that the server rolled back', async () => {
    const run = inTransaction(async (transaction) => {
      await transaction.execute([{ sql: 'NONSENSE' }]).catch(() => undefined);
    });
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '25P02' } });
  });

  it.each([
    { trigger: '', index: 0, why: 'in a statement' },
    { trigger: 'DEFERRABLE INITIALLY DEFERRED', index: -1, why: 'at COMMIT' },
  ])('takes what a text raises for no more than that, whatever its SQLSTATE, $why', async ({ trigger, index }) => {
    await database.run(`CREATE TABLE raising (id int);
      CREATE FUNCTION raise_far_end() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the far end was shut down' USING ERRCODE = '57P01'; END $$;
      CREATE CONSTRAINT TRIGGER raises AFTER INSERT ON raising ${trigger} FOR EACH ROW EXECUTE FUNCTION raise_far_end()`);
    const run = inTransaction((transaction) => transaction.execute([{ sql: 'INSERT INTO raising VALUES (1)' }]));
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '57P01', index } });
  });

  it('tells detail, hint and context', async () => {
    const sql = `DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'because', HINT = 'do this', ERRCODE = 'P0001'; END $$`;
    const details = {
      sqlState: 'P0001',
      detail: 'because',
      hint: 'do this',
      context: containing('PL/pgSQL'),
      offset: null,
    };
    await expect(inTransaction((transaction) => transaction.execute([{ sql }]))).rejects.toMatchObject({ details });
  });

  it('says what to do about COPY FROM STDIN, and is usable after it', async () => {
    const sql = 'CREATE TABLE c (id int); COPY c FROM STDIN';
    const run = inTransaction((transaction) =>
      transaction.execute([{ sql: 'SELECT 1' }, { sql }, { sql: 'SELECT 2' }]),
    );
    const details = { index: 1, completed: 1, hint: containing('INSERT') };
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details });
    await driver.withLock(async () => undefined, { waitMs: 2_000 });
  });

  it('tells a timeout of a statement from a stop', async () => {
    const settings = { statementTimeoutMs: 50 };
    const run = inTransaction((transaction) => transaction.execute([{ sql: 'SELECT pg_sleep(20)', settings }]));
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '57014' } });
  });

  it('gives up waiting for a lock of the schema', async () => {
    await database.run('CREATE TABLE busy (id int)');
    const run = driver.withLock(async (session) => {
      const holder = session.transaction(async (transaction) => {
        await transaction.execute([{ sql: 'LOCK TABLE busy' }]);
        await database.run("SET lock_timeout = '50ms'; LOCK TABLE busy").catch((error: unknown) => {
          expect(error).toMatchObject({ code: '55P03' });
        });
      });
      await holder;
    });
    await run;
    const blocked = createPostgresDriver({ connectionString: database.url });
    await driver.withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.execute([{ sql: 'LOCK TABLE busy' }]);
        expect(await blocked.readHistory()).toMatchObject({ initialized: true });
      }),
    );
  });

  it.each([
    { where: 'in a transaction', transactional: true },
    { where: 'outside', transactional: false },
  ])('tells that the session was ended by another $where', async ({ transactional }) => {
    const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'";
    const sql = 'SELECT pg_sleep(20)';
    setTimeout(() => void database.run(end).catch(() => undefined), 300);
    const run = driver.withLock(
      (session) =>
        transactional
          ? session.transaction((transaction) => transaction.execute([{ sql }]))
          : session.executeOutsideTransaction({ sql }),
      { applicationName: 'victim' },
    );
    await expect(run).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await driver.withLock(async () => undefined, { waitMs: 5_000 });
  });

  it('does not claim to know the outcome when the session ends before COMMIT', async () => {
    const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'";
    const run = driver.withLock(
      (session) =>
        session.transaction(async (transaction) => {
          await transaction.execute([{ sql: 'CREATE TABLE a (id int)' }]);
          await database.run(end);
          await new Promise((done) => setTimeout(done, 200));
        }),
      { applicationName: 'victim' },
    );
    await expect(run).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: containing('squizzle status'),
    });
  });

  it('stops a question to the server that hangs', async () => {
    await driver.withLock(async () => undefined);
    const blocker = driver.withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.execute([{ sql: 'LOCK TABLE squizzle.ledger IN ACCESS EXCLUSIVE MODE' }]);
        const reading = driver.readHistory({ signal: AbortSignal.timeout(200) });
        await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
      }),
    );
    await blocker;
  });
});
