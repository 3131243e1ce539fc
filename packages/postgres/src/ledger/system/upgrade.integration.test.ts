import { createOpener } from '../../connection/opener.ts';
import { parseConnectionTarget } from '../../connection/connection-target.ts';
import { journalEntry, ledgerEntry, sealedLedger } from '@squizzle/core/testing';
import { findBrokenEvent, schemaDigest, sealEntry, type JournalEntry, type SchemaObject } from '@squizzle/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { containing } from '../../../test/matchers.ts';
import {
  createTestDatabase,
  describeEachServer,
  openTestSession,
  runSql,
  withUser,
  type TestDatabase,
} from '../../../test/servers.ts';
import { VERSION_1_LEDGER } from '../../../test/version-1-ledger.ts';
import { createPostgresDriver } from '../../index.ts';
import { toLedgerNames } from '../ledger-names.ts';
import { appendEvent, writeJournal } from '../ledger-writer.ts';

const EVENTS = sealedLedger({ event: 'baselined' }, { event: 'started', details: { direction: 'up', steps: 2 } });
const JOURNAL = [journalEntry({ startedSeq: 2 }), journalEntry({ startedSeq: 2, segment: 1, state: 'started' })];
/** With what shows that a row was written anew. */
const ROWS = 'SELECT l.*, l.xmin, l.ctid FROM squizzle.ledger l ORDER BY seq';
const VERSION = "SELECT value FROM squizzle.meta WHERE key = 'system_version'";

describeEachServer('a ledger of version 1', (server) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    await database.run(VERSION_1_LEDGER);
    const connection = await createOpener(parseConnectionTarget(database.url), 4_000)({});
    const names = toLedgerNames('squizzle');
    for (const event of EVENTS) await appendEvent(connection, names, 'test', event);
    await writeJournal(connection, names, 'test', JOURNAL);
    await connection.close();
  });
  afterEach(() => database.drop());

  const connect = (url = database.url) => createPostgresDriver({ connectionString: url });
  const upgrade = (url = database.url): Promise<void> => connect(url).withLock(async () => undefined);
  /** What lies in the ledger's schema, which a driver with another ledger does not leave out. */
  const layout = async (url = database.url): Promise<readonly SchemaObject[]> => {
    const { objects } = await createPostgresDriver({ connectionString: url, ledgerSchema: 'other' }).snapshotSchema();
    return objects.filter(({ name }) => name.startsWith('squizzle'));
  };
  const addRole = (name: string): Promise<unknown> =>
    runSql(server.url, `DO $$ BEGIN CREATE ROLE ${name} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$`);

  it('is read as it is by a role that may do nothing else', async () => {
    await addRole('reader');
    await database.run(
      'GRANT USAGE ON SCHEMA squizzle TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA squizzle TO reader',
    );
    const reader = connect(withUser(database.url, 'reader'));
    expect(await reader.readHistory()).toEqual({ initialized: true, events: EVENTS, journal: JOURNAL });
    expect(await reader.readKeptSnapshot(ledgerEntry({}).artifactDigest)).toBeNull();
    expect((await reader.examine()).ledger).toEqual({
      systemVersion: 1,
      knownSystemVersion: 2,
      journal: JOURNAL,
      faults: [],
    });
    expect(await database.run(VERSION)).toEqual([{ value: '1' }]);
  });

  it('becomes what is made today, its rows, hashes and triggers being left alone', async () => {
    const before = await database.run(ROWS);
    await upgrade();
    await upgrade();
    const fresh = await createTestDatabase(server);
    await upgrade(fresh.url);
    expect(await layout()).toEqual(await layout(fresh.url));
    await fresh.drop();
    expect(await database.run(ROWS)).toEqual(before);
    expect(await database.run(VERSION)).toEqual([{ value: '2' }]);
    const { events, journal } = await connect().readHistory();
    expect(findBrokenEvent(events)).toBeUndefined();
    expect({ events, journal }).toEqual({ events: EVENTS, journal: JOURNAL });
    await expect(database.run("UPDATE squizzle.ledger SET actor = 'x'")).rejects.toMatchObject({ code: '55000' });
    expect((await connect().examine()).ledger).toMatchObject({ systemVersion: 2, faults: [] });
  });

  it('takes events and journal states of today, and goes on with the journal of before', async () => {
    const repaired = sealEntry(ledgerEntry({ event: 'repaired' }), EVENTS.at(-1) ?? null);
    const [first, second] = JOURNAL;
    const ran = { ...second, state: 'ran' } as JournalEntry;
    await connect().withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.append(repaired);
        await transaction.journal([ran]);
      }),
    );
    expect(await connect().readHistory()).toEqual({
      initialized: true,
      events: [...EVENTS, repaired],
      journal: [first, ran],
    });
  });

  it('is upgraded once by two runners that begin at once', async () => {
    await Promise.all([upgrade(), upgrade(), upgrade()]);
    expect(await database.run(VERSION)).toEqual([{ value: '2' }]);
    expect((await connect().readHistory()).events).toEqual(EVENTS);
  });

  it('stays as it is while somebody else reads it in a transaction, and says so', async () => {
    const reader = await openTestSession(database.url);
    await reader.run('BEGIN');
    await reader.run('SELECT count(*) FROM squizzle.ledger');
    const upgrading = connect().withLock(async () => undefined, { lockTimeoutMs: 50 });
    const message = containing('another transaction has read or locked it');
    await expect(upgrading).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      message,
      details: { sqlState: '55P03' },
    });
    await reader.end();
    expect(await database.run(VERSION)).toEqual([{ value: '1' }]);
  });

  it('lets those who read and write it read and write what is new', async () => {
    await addRole('reader');
    await addRole('writer');
    await database.run(
      'GRANT SELECT ON squizzle.ledger TO reader, PUBLIC; GRANT SELECT, INSERT ON squizzle.ledger TO writer',
    );
    await upgrade();
    const snapshots = (await layout()).find(({ name }) => name === 'squizzle.snapshots');
    const written = ['DELETE', 'INSERT', 'SELECT', 'UPDATE'].map((right) => `writer ${right}`);
    expect(snapshots?.definition['grants']).toEqual(['PUBLIC SELECT', 'reader SELECT', ...written]);
  });

  it.each([
    { who: 'a superuser', upgrader: null, given: '' },
    { who: 'a member of its owner', upgrader: 'ledger_member', given: 'ALTER SCHEMA squizzle OWNER TO ledger_owner' },
    {
      who: 'a member who cannot give it away',
      upgrader: 'ledger_member',
      given: 'GRANT USAGE ON SCHEMA squizzle TO ledger_owner; GRANT CREATE ON SCHEMA squizzle TO ledger_member',
    },
  ])('stays its owner’s when upgraded, and mended, by $who', async ({ upgrader, given }) => {
    await addRole('ledger_owner');
    await addRole('ledger_member');
    await database.run(`GRANT ledger_owner TO ledger_member; ${given};
      GRANT USAGE ON SCHEMA squizzle TO ledger_owner;
      ALTER TABLE squizzle.ledger OWNER TO ledger_owner; ALTER TABLE squizzle.steps OWNER TO ledger_owner;
      ALTER TABLE squizzle.meta OWNER TO ledger_owner; ALTER VIEW squizzle.current OWNER TO ledger_owner;
      ALTER FUNCTION squizzle.refuse_change() OWNER TO ledger_owner`);
    const other = upgrader === null ? database.url : withUser(database.url, upgrader);
    const owner = connect(withUser(database.url, 'ledger_owner'));
    const snapshot = { objects: [] };
    const keep = (): Promise<void> =>
      owner.withLock((session) =>
        session.transaction((transaction) => transaction.keepSnapshot(schemaDigest(snapshot), snapshot)),
      );
    await upgrade(other);
    await keep();
    await database.run(
      'DROP TABLE squizzle.snapshots; DROP VIEW squizzle.current; DROP FUNCTION squizzle.refuse_change() CASCADE',
    );
    await connect(other).withLock((session) => session.repair({ kind: 'restore-ledger-guard' }));
    await keep();
    expect(await owner.readKeptSnapshot(schemaDigest(snapshot))).toEqual(snapshot);
    await runSql(withUser(database.url, 'ledger_owner'), 'SELECT version FROM squizzle.current');
    expect((await owner.examine()).ledger?.faults).toEqual([]);
  });

  it.each([
    { right: 'to change its tables', given: 'GRANT ALL ON ALL TABLES IN SCHEMA squizzle TO upgrader' },
    {
      right: 'to add a table to its schema',
      given: 'ALTER TABLE squizzle.ledger OWNER TO upgrader; ALTER TABLE squizzle.meta OWNER TO upgrader',
    },
  ])('stays as it is, whole, where the right is missing $right', async ({ given }) => {
    await addRole('upgrader');
    await database.run(`GRANT USAGE ON SCHEMA squizzle TO upgrader; ${given}`);
    const [rows, before] = [await database.run(ROWS), await layout()];
    const message = containing('may not upgrade the ledger');
    const expected = { code: 'DATABASE_DENIED', message, details: { sqlState: '42501' } };
    await expect(upgrade(withUser(database.url, 'upgrader'))).rejects.toMatchObject(expected);
    expect(await database.run(VERSION)).toEqual([{ value: '1' }]);
    expect(await layout()).toEqual(before);
    expect(await database.run(ROWS)).toEqual(rows);
    await upgrade();
    expect(await database.run(VERSION)).toEqual([{ value: '2' }]);
  });
});
