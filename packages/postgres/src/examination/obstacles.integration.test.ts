import type { DatabaseDriver, DatabaseInspector, Repair } from '@squizzle/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { containing } from '../../test/matchers.ts';
import {
  createTestDatabase,
  describeEachServer,
  openTestSession,
  withUser,
  type TestDatabase,
  type TestSession,
} from '../../test/servers.ts';
import { parseConnectionTarget } from '../connection/connection-target.ts';
import { createOpener } from '../connection/opener.ts';
import { createPostgresDriver } from '../index.ts';
import { toLedgerNames } from '../ledger/ledger-names.ts';
import { examineDatabase } from './examine.ts';

describeEachServer('what stands in the way of a migration', (server) => {
  let database: TestDatabase;
  let driver: DatabaseDriver & DatabaseInspector;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    driver = createPostgresDriver({ connectionString: database.url });
    await database.run('CREATE TABLE t (i int, note text)');
  });
  afterEach(() => database.drop());

  const invalid = async (from = driver) => (await from.examine()).invalidIndexes;
  const repair = (wanted: Repair): Promise<void> => driver.withLock((session) => session.repair(wanted));
  /** A session that has an open transaction in which it has seen the table. */
  const lookAt = async (name: string): Promise<TestSession> => {
    const session = await openTestSession(database.url, name);
    await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await session.run('SELECT count(*) FROM t');
    return session;
  };

  it('is the index that a failed build left: nobody but its owner drops it', async () => {
    await database.run('INSERT INTO t VALUES (1), (1)');
    await expect(database.run('CREATE UNIQUE INDEX CONCURRENTLY u ON t (i)')).rejects.toMatchObject({ code: '23505' });
    const found = { index: 'public.u', table: 'public.t', isRemnant: false, isBeingBuilt: false, isUnique: true };
    expect(await invalid()).toEqual([found]);
    const dropping = repair({ kind: 'drop-index', index: 'public.u' });
    await expect(dropping).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '42809' } });
    const rebuilding = repair({ kind: 'rebuild-index', index: 'public.u' });
    await expect(rebuilding).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '23505' } });
    expect(await invalid(), 'what the rebuild left is gone again').toEqual([found]);
    await database.run('DELETE FROM t');
    await repair({ kind: 'rebuild-index', index: 'public.u' });
    expect(await invalid()).toEqual([]);
  });

  it('is what a stopped REINDEX left, of the table and of its TOAST table', async () => {
    await database.run(`CREATE INDEX "I" ON t (i); CREATE INDEX ${'x'.repeat(60)} ON t (note)`);
    const reader = await lookAt('a reader');
    const session = await openTestSession(database.url);
    await session.run('SET statement_timeout = 300');
    await expect(session.run('REINDEX TABLE CONCURRENTLY t')).rejects.toMatchObject({ code: '57014' });
    await session.end();
    await reader.end();
    const left = await invalid();
    expect(left.map(({ isRemnant, isBeingBuilt, table }) => [isRemnant, isBeingBuilt, table])).toEqual(
      left.map(() => [true, false, 'public.t']),
    );
    expect(left.map(({ index }) => index)).toEqual([
      containing('pg_toast.pg_toast_'),
      'public."I_ccnew"',
      `public.${'x'.repeat(57)}_ccnew`,
    ]);
    for (const { index } of left) await repair({ kind: 'drop-index', index });
    expect(await invalid()).toEqual([]);
    expect((await driver.snapshotSchema()).objects.filter(({ kind }) => kind === 'index')).toHaveLength(2);
  });

  it('is no index that somebody called so, nor one that waits for its partitions', async () => {
    await database.run(`CREATE INDEX mine_ccnew ON t (i); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'mine_ccnew'::regclass;
      CREATE TABLE parted (i int) PARTITION BY LIST (i); CREATE TABLE part PARTITION OF parted FOR VALUES IN (1);
      CREATE INDEX waiting ON ONLY parted (i)`);
    expect(await invalid()).toMatchObject([{ index: 'public.mine_ccnew', isRemnant: false }]);
    await expect(repair({ kind: 'drop-index', index: 'public.mine_ccnew' })).rejects.toMatchObject({
      details: { sqlState: '42809' },
    });
  });

  it('is no index that is being built, for a role that sees little too', async () => {
    const reader = await lookAt('a reader');
    const builder = await openTestSession(database.url);
    const building = builder.run('CREATE INDEX CONCURRENTLY slow ON t (i)');
    await database.run('DO $$ BEGIN CREATE ROLE stranger LOGIN; EXCEPTION WHEN duplicate_object THEN END $$');
    const stranger = createPostgresDriver({ connectionString: withUser(database.url, 'stranger') });
    const found = [expect.objectContaining({ index: 'public.slow', isBeingBuilt: true })];
    await expect.poll(() => invalid()).toEqual(found);
    expect(await invalid(stranger)).toEqual(found);
    for (const kind of ['drop-index', 'rebuild-index'] as const) {
      await expect(repair({ kind, index: 'public.slow' })).rejects.toMatchObject({ details: { sqlState: '55006' } });
    }
    await reader.end();
    await building;
    await builder.end();
    expect(await invalid()).toEqual([]);
  });

  it('is nothing any more when somebody else mended it', async () => {
    await database.run('CREATE INDEX sound ON t (i)');
    await repair({ kind: 'drop-index', index: 'public.sound' });
    await repair({ kind: 'rebuild-index', index: 'public.sound' });
    await repair({ kind: 'drop-index', index: 'public.gone' });
    expect((await driver.snapshotSchema()).objects.filter(({ kind }) => kind === 'index')).toHaveLength(1);
  });

  it.skipIf(Number.parseInt(server.version, 10) < 14)('is a detach that was not finished', async () => {
    await database.run(`CREATE TABLE parted (i int) PARTITION BY LIST (i); CREATE TABLE "Part" PARTITION OF parted FOR VALUES IN (1);
      CREATE TABLE other PARTITION OF parted FOR VALUES IN (2); UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = '"Part"'::regclass`);
    const { pendingDetaches } = await driver.examine();
    expect(pendingDetaches).toEqual([{ table: 'public.parted', partition: 'public."Part"' }]);
  });

  it('is a transaction that has been open for long, described without what it asked', async () => {
    const reader = await lookAt('a report');
    const connection = await createOpener(parseConnectionTarget(database.url), 4_000)({});
    const names = toLedgerNames('squizzle');
    const { openTransactions } = await examineDatabase(connection, names, 'test', { openForSeconds: 0 });
    await connection.close();
    expect(openTransactions).toEqual([
      { pid: reader.pid, applicationName: 'a report', state: 'idle in transaction', sinceSeconds: 0 },
    ]);
    expect((await driver.examine()).openTransactions, 'not for long yet').toEqual([]);
    await reader.end();
  });
});
