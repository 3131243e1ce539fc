import {
  EMPTY_HISTORY,
  findBrokenEvent,
  sealEntry,
  type DatabaseDriver,
  type LedgerEntry,
  type LedgerEvent,
} from '@squizzle/core';
import { ledgerEntry } from '@squizzle/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { containing, matching } from '../../test/matchers.ts';
import { createTestDatabase, describeEachServer, withUser, type TestDatabase } from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

describeEachServer('the ledger', (server) => {
  let database: TestDatabase;
  let driver: DatabaseDriver;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    driver = createPostgresDriver({ connectionString: database.url });
  });
  afterEach(() => database.drop());

  it('lies in a schema of any name', async () => {
    const ledgerSchema = 'Odd "Schema"; --';
    const odd = createPostgresDriver({ connectionString: database.url, ledgerSchema });
    await append(odd, [{}]);
    expect((await odd.readHistory()).events).toHaveLength(1);
    expect(await driver.readHistory()).toEqual(EMPTY_HISTORY);
    expect((await odd.snapshotSchema()).objects.filter(({ name }) => name.includes('Odd'))).toEqual([]);
  });

  it.each([
    { events: ['applied', 'applied'], current: '2.0.0' },
    { events: ['applied', 'applied', 'reverted'], current: '1.0.0' },
    { events: ['applied', 'reverted'], current: undefined },
    { events: ['baselined', 'applied', 'reverted', 'failed', 'started'], current: '1.0.0' },
    { events: ['applied', 'reverted', 'applied', 'applied', 'reverted', 'applied'], current: '6.0.0' },
  ] as const)('shows $current as current after $events', async ({ events, current }) => {
    await append(
      driver,
      events.map((event, index) => ({ event, version: `${index + 1}.0.0` as LedgerEntry['version'] })),
    );
    const rows = await database.run('SELECT version FROM squizzle.current');
    expect(rows[0]?.['version']).toBe(current);
  });

  it('reads a thousand events in one go, whole', { timeout: 60_000 }, async () => {
    const events = chain(Array.from({ length: 1_000 }, () => ({})));
    await driver.withLock((session) =>
      session.transaction(async (transaction) => {
        await Promise.all(events.map((event) => transaction.append(event)));
      }),
    );
    const since = performance.now();
    const history = await driver.readHistory();
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(history.events).toEqual(events);
    expect(findBrokenEvent(history.events)).toBeUndefined();
  });

  it.each([
    { sql: 'CREATE SCHEMA squizzle; CREATE TABLE squizzle.ledger (id int)', why: 'someone else’s table' },
    { sql: 'CREATE SCHEMA squizzle; CREATE TABLE squizzle.meta (key text, value text)', why: 'half a ledger' },
    { sql: 'CREATE SCHEMA squizzle; CREATE VIEW squizzle.steps AS SELECT 1', why: 'a view of that name' },
    {
      sql: `CREATE SCHEMA squizzle; CREATE TABLE squizzle.meta (key text, value text);
        CREATE TABLE squizzle.ledger (seq int, event text); CREATE TABLE squizzle.steps (started_seq int)`,
      why: 'columns are missing',
    },
  ])('is not mistaken for $why', async ({ sql }) => {
    await database.run(sql);
    await expect(driver.readHistory()).rejects.toMatchObject({ code: 'LEDGER_INVALID' });
    await expect(driver.withLock((session) => session.readHistory())).rejects.toMatchObject({ code: 'LEDGER_INVALID' });
  });

  it('is made in a schema that a DBA made for it', async () => {
    await database.run('CREATE SCHEMA squizzle');
    expect(await driver.readHistory()).toEqual(EMPTY_HISTORY);
    await append(driver, [{}]);
    expect((await driver.readHistory()).events).toHaveLength(1);
  });

  it('of a newer squizzle is left alone', async () => {
    await append(driver, [{}]);
    await database.run("UPDATE squizzle.meta SET value = '3' WHERE key = 'system_version'");
    const expected = { code: 'LEDGER_INVALID', message: containing('upgrade') };
    await expect(driver.readHistory()).rejects.toMatchObject(expected);
    await expect(driver.withLock(async () => undefined)).rejects.toMatchObject(expected);
  });

  it('that was edited past its guard is found out', async () => {
    await append(driver, [{}, {}]);
    const edit =
      "ALTER TABLE squizzle.ledger DISABLE TRIGGER ALL; UPDATE squizzle.ledger SET actor = 'x' WHERE seq = 2";
    await database.run(edit);
    expect(findBrokenEvent((await driver.readHistory()).events)?.seq).toBe(2);
    await database.run("UPDATE squizzle.ledger SET version = 'none' WHERE seq = 2");
    await expect(driver.readHistory()).rejects.toMatchObject({
      code: 'LEDGER_INVALID',
      message: containing('row 2'),
    });
  });

  it('is read with the right to read alone, and says which right is missing', async () => {
    await append(driver, [{}]);
    await database.run('DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$');
    const reader = createPostgresDriver({ connectionString: withUser(database.url, 'reader') });
    const message = matching(/GRANT USAGE ON SCHEMA "squizzle"/);
    await expect(reader.readHistory()).rejects.toMatchObject({ code: 'DATABASE_DENIED', message });
    await database.run(
      'GRANT USAGE ON SCHEMA squizzle TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA squizzle TO reader',
    );
    expect((await reader.readHistory()).events).toHaveLength(1);
    const writing = append(reader, [{}], 1);
    await expect(writing).rejects.toMatchObject({ code: 'DATABASE_DENIED', details: { sqlState: '42501' } });
  });

  it('is not made by a role without the right to', async () => {
    await database.run('DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$');
    const reader = createPostgresDriver({ connectionString: withUser(database.url, 'reader') });
    const message = containing('CREATE on the database');
    await expect(reader.withLock(async () => undefined)).rejects.toMatchObject({ code: 'DATABASE_DENIED', message });
  });
});

function chain(entries: readonly Partial<LedgerEntry>[]): readonly LedgerEvent[] {
  const events: LedgerEvent[] = [];
  for (const entry of entries) events.push(sealEntry(ledgerEntry(entry), events.at(-1) ?? null));
  return events;
}

async function append(driver: DatabaseDriver, entries: readonly Partial<LedgerEntry>[], skip = 0): Promise<void> {
  const events = chain([...Array.from({ length: skip }, () => ({})), ...entries]).slice(skip);
  await driver.withLock((session) =>
    session.transaction(async (transaction) => {
      for (const event of events) await transaction.append(event);
    }),
  );
}
