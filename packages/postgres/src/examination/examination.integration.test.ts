import { journalEntry, sealedLedger } from '@squizzle/core/testing';
import type { DatabaseDriver, DatabaseInspector, LedgerFault } from '@squizzle/core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { containing } from '../../test/matchers.ts';
import { createTestDatabase, describeEachServer, withUser, type TestDatabase } from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

type Driver = DatabaseDriver & DatabaseInspector;

const EVENTS = sealedLedger({}, { event: 'started' });
const JOURNAL = [journalEntry({ startedSeq: 2 }), journalEntry({ startedSeq: 2, segment: 1, state: 'started' })];
const TRIGGER = 'trigger append_only on squizzle.ledger';
const CHANGED_VIEW = `CREATE OR REPLACE VIEW squizzle.current AS SELECT '1.0.0'::text AS version, ''::text AS artifact_digest, ''::text AS checksum,
  '{}'::jsonb AS signer, ''::text AS actor, ''::text AS environment, ''::text AS client, now() AS applied_at, ''::text AS schema_digest`;

const connect = (connectionString: string): Driver => createPostgresDriver({ connectionString });
const faultsOf = async (driver: Driver): Promise<readonly LedgerFault[] | undefined> =>
  (await driver.examine()).ledger?.faults;
const restore = (driver: Driver): Promise<void> =>
  driver.withLock((session) => session.repair({ kind: 'restore-ledger-guard' }));

async function createLedger(driver: Driver): Promise<void> {
  await driver.withLock((session) =>
    session.transaction(async (transaction) => {
      for (const event of EVENTS) await transaction.append(event);
      await transaction.journal(JOURNAL);
    }),
  );
}

describeEachServer('the guard of the ledger', (server) => {
  let database: TestDatabase;
  let driver: Driver;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    driver = connect(database.url);
    await createLedger(driver);
  });
  afterAll(() => database.drop());

  it.each([
    { sql: 'ALTER TABLE squizzle.ledger DISABLE TRIGGER append_only', part: TRIGGER, state: 'disabled' },
    { sql: 'ALTER TABLE squizzle.ledger ENABLE REPLICA TRIGGER append_only', part: TRIGGER, state: 'altered' },
    { sql: 'DROP TRIGGER append_only ON squizzle.ledger', part: TRIGGER, state: 'missing' },
    {
      sql: `DROP TRIGGER append_only ON squizzle.ledger; CREATE TRIGGER append_only BEFORE DELETE ON squizzle.ledger
        FOR EACH STATEMENT EXECUTE FUNCTION squizzle.refuse_change()`,
      part: TRIGGER,
      state: 'altered',
    },
    {
      sql: `DROP TRIGGER append_only ON squizzle.ledger; CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON squizzle.ledger
        FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION squizzle.refuse_change()`,
      part: TRIGGER,
      state: 'altered',
    },
    {
      sql: `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        DROP TRIGGER append_only ON squizzle.ledger; CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON squizzle.ledger
        FOR EACH STATEMENT EXECUTE FUNCTION nothing()`,
      part: TRIGGER,
      state: 'altered',
    },
    {
      sql: `CREATE OR REPLACE FUNCTION squizzle.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
      part: 'function squizzle.refuse_change()',
      state: 'altered',
    },
    { sql: 'DROP VIEW squizzle.current', part: 'view squizzle.current', state: 'missing' },
    { sql: CHANGED_VIEW, part: 'view squizzle.current', state: 'altered' },
    {
      sql: 'DROP VIEW squizzle.current; CREATE VIEW squizzle.current AS SELECT 1 AS one',
      part: 'view squizzle.current',
      state: 'altered',
    },
    { sql: 'DROP TABLE squizzle.snapshots', part: 'table squizzle.snapshots', state: 'missing' },
  ])('is found $state and made anew after $sql', async ({ sql, part, state }) => {
    await database.run(sql);
    expect(await faultsOf(driver)).toEqual([{ part, state }]);
    await restore(driver);
    expect(await faultsOf(driver)).toEqual([]);
    await expect(database.run("UPDATE squizzle.ledger SET actor = 'x'")).rejects.toMatchObject({ code: '55000' });
    expect((await driver.readHistory()).events).toEqual(EVENTS);
  });

  it('is whole where an owner added to it', async () => {
    await database.run(`ALTER TABLE squizzle.ledger ENABLE ALWAYS TRIGGER append_only;
      ALTER FUNCTION squizzle.refuse_change() SET search_path = pg_catalog; ALTER TABLE squizzle.ledger ADD COLUMN note text;
      CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER more AFTER INSERT ON squizzle.ledger FOR EACH ROW EXECUTE FUNCTION more()`);
    expect(await faultsOf(driver)).toEqual([]);
  });

  it('lets those read the view who read it before it was dropped', async () => {
    await database.run(`DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
      GRANT USAGE ON SCHEMA squizzle TO reader; GRANT SELECT ON squizzle.ledger, squizzle.steps, squizzle.meta TO reader; DROP VIEW squizzle.current`);
    await restore(driver);
    const reading = database.run('SET ROLE reader; SELECT version FROM squizzle.current');
    await expect(reading).resolves.toBeDefined();
    const reader = connect(withUser(database.url, 'reader'));
    expect((await reader.examine()).ledger).toMatchObject({ journal: JOURNAL, faults: [] });
  });

  it('tells nothing of tables that a newer program made', async () => {
    await database.run("UPDATE squizzle.meta SET value = '3'; ALTER TABLE squizzle.steps RENAME TO moved");
    const ledger = { systemVersion: 3, knownSystemVersion: 2, journal: [], faults: [] };
    expect((await driver.examine()).ledger).toEqual(ledger);
  });
});

describeEachServer('a ledger that lost something', (server) => {
  let database: TestDatabase;
  let driver: Driver;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    driver = connect(database.url);
    await createLedger(driver);
  });
  afterEach(() => database.drop());

  it.each([
    {
      sql: 'ALTER TABLE squizzle.steps DROP COLUMN checksum',
      faults: [{ part: 'column squizzle.steps.checksum', state: 'missing' }],
    },
    {
      sql: 'ALTER TABLE squizzle.steps ALTER path TYPE varchar(9) USING left(path, 9)',
      faults: [{ part: 'column squizzle.steps.path', state: 'altered' }],
    },
    { sql: 'DROP TABLE squizzle.steps', faults: [{ part: 'table squizzle.steps', state: 'missing' }] },
    {
      sql: 'DROP TABLE squizzle.steps; CREATE VIEW squizzle.steps AS SELECT 1 AS one',
      faults: [{ part: 'table squizzle.steps', state: 'altered' }],
    },
    {
      sql: 'ALTER TABLE squizzle.steps DROP CONSTRAINT steps_pkey',
      faults: [{ part: 'primary key of squizzle.steps', state: 'missing' }],
    },
    {
      sql: 'ALTER TABLE squizzle.snapshots DROP CONSTRAINT snapshots_pkey, ADD PRIMARY KEY (recorded_at)',
      faults: [{ part: 'primary key of squizzle.snapshots', state: 'altered' }],
    },
    {
      sql: "UPDATE squizzle.steps SET checksum = 'x' WHERE segment = 0",
      faults: [{ part: 'row 2/0 of squizzle.steps', state: 'altered' }],
    },
  ])('is described, and what rows were lost with is not said to be mended: $sql', async ({ sql, faults }) => {
    await database.run(sql);
    expect(await faultsOf(driver)).toEqual(faults);
    await database.run('ALTER TABLE squizzle.ledger DISABLE TRIGGER append_only');
    const message = containing(faults[0]?.part ?? '');
    await expect(restore(driver)).rejects.toMatchObject({ code: 'STATEMENT_FAILED', message });
    expect(await faultsOf(driver)).toEqual(faults);
  });

  it.each([
    { sql: "UPDATE squizzle.meta SET value = 'two'", part: 'system_version in squizzle.meta', state: 'altered' },
    { sql: 'DROP TABLE squizzle.meta', part: 'table squizzle.meta', state: 'missing' },
  ])('is described though its version cannot be read: $sql', async ({ sql, part, state }) => {
    await database.run(sql);
    expect((await driver.examine()).ledger).toMatchObject({
      systemVersion: 0,
      journal: JOURNAL,
      faults: [{ part, state }],
    });
  });

  it('is not called a ledger where nothing of it is left, and asks for the right to read it', async () => {
    await database.run('DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$');
    const reader = connect(withUser(database.url, 'reader'));
    const message = containing('GRANT USAGE ON SCHEMA "squizzle"');
    await expect(reader.examine()).rejects.toMatchObject({ code: 'DATABASE_DENIED', message });
    await database.run('DROP TABLE squizzle.ledger, squizzle.steps, squizzle.meta CASCADE');
    expect((await driver.examine()).ledger).toBeNull();
  });
});
