import type { DatabaseDriver } from '@squizzle/core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { containing, matching } from '../../test/matchers.ts';
import { startCluster } from '../../../../tools/postgres/cluster.ts';
import { createTestDatabase, describeEachServer, openTestSession, type TestDatabase } from '../../test/servers.ts';
import { startTransactionPooler } from '../../test/transaction-pooler.ts';
import { createPostgresDriver } from '../index.ts';

describeEachServer('the migration lock', (server) => {
  let database: TestDatabase;
  let driver: DatabaseDriver;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    driver = createPostgresDriver({ connectionString: database.url });
  });
  afterEach(() => database.drop());

  it('names who holds it, and the SQL to look at them', async () => {
    const other = createPostgresDriver({ connectionString: database.url });
    const heard: (string | null)[] = [];
    const hold = driver.withLock(
      async () => {
        const waiting = other.withLock(async () => undefined, {
          waitMs: 200,
          onWaiting: (holder) => heard.push(holder),
        });
        await expect(waiting).rejects.toMatchObject({
          code: 'LOCK_TIMEOUT',
          message: matching(/pg_stat_activity WHERE pid = \d+.*pg_terminate_backend/),
          details: { waitMs: 200, holder: matching(/^pid \d+ \(squizzle 9\.9 run abc, \w+.* since 2/) },
        });
      },
      { applicationName: 'squizzle 9.9 run abc' },
    );
    await hold;
    expect(heard).toEqual([matching(/^pid \d+ \(squizzle 9\.9 run abc/)]);
  });

  it('is one per ledger', async () => {
    const other = createPostgresDriver({ connectionString: database.url, ledgerSchema: 'other' });
    const both = driver.withLock(() => other.withLock(async () => 'both', { waitMs: 0 }));
    expect(await both).toBe('both');
  });

  it('stops waiting when asked to', async () => {
    const other = createPostgresDriver({ connectionString: database.url });
    await driver.withLock(async () => {
      const waiting = other.withLock(async () => undefined, { signal: AbortSignal.timeout(200) });
      await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    });
  });

  it('is not taken where the database is read-only', async () => {
    await database.run(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
    await expect(driver.withLock(async () => undefined)).rejects.toMatchObject({ code: 'DATABASE_UNSUITABLE' });
    expect((await driver.serverFacts()).readOnly).toBe(true);
  });
});

describeEachServer('a pooler', (server) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    await createPostgresDriver({ connectionString: database.url }).withLock(async () => undefined);
  });
  afterEach(() => database.drop());

  it.each([
    { mode: 'transaction', poolSize: 1 },
    { mode: 'transaction', poolSize: 3 },
    { mode: 'statement', poolSize: 2 },
  ] as const)('in $mode mode with $poolSize backends is refused, and left as it was', async ({ mode, poolSize }) => {
    const pooler = await startTransactionPooler(database.url, poolSize, mode);
    const pooled = createPostgresDriver({ connectionString: pooler.url });
    const run = pooled.withLock(async () => undefined, { waitMs: 0, lockTimeoutMs: 1_234 });
    await expect(run).rejects.toMatchObject({
      code: 'DATABASE_UNSUITABLE',
      message: containing('SQUIZZLE_MIGRATION_DATABASE_URL'),
    });
    await expectNothingLeft(pooler.url, poolSize);
    await pooler.stop();
  });

  it.each([
    { poolSize: 5, why: 'it gives other clients other backends' },
    { poolSize: 1, why: 'it lets other clients wait' },
  ])('in session mode with $poolSize backends is used: $why', async ({ poolSize }) => {
    const pooler = await startTransactionPooler(database.url, poolSize, 'session');
    const pooled = createPostgresDriver({ connectionString: pooler.url });
    const ran = await pooled.withLock(
      (session) =>
        session.transaction((transaction) => transaction.ask("SELECT current_setting('lock_timeout') = '1234ms'")),
      { lockTimeoutMs: 1_234 },
    );
    expect(ran).toBeNull();
    await expectNothingLeft(pooler.url, poolSize);
    await pooler.stop();
  });

  it.each([
    { refused: 'BEGIN', sqlState: '53300', why: 'full' },
    { refused: 'BEGIN', sqlState: '57P01', why: 'the server ended that session' },
    { refused: 'start-up', sqlState: '53300', why: 'full' },
  ] as const)(
    'in session mode is used where another client’s $refused is refused with $sqlState: $why',
    async (row) => {
      const pooler = await startTransactionPooler(database.url, 2, 'session', row);
      const pooled = createPostgresDriver({ connectionString: pooler.url });
      expect(await pooled.withLock(async () => 'used', { waitMs: 0 })).toBe('used');
      await pooler.stop();
    },
  );

  it('in transaction mode can be read through', async () => {
    const pooler = await startTransactionPooler(database.url, 2);
    const pooled = createPostgresDriver({ connectionString: pooler.url });
    expect(await pooled.readHistory()).toMatchObject({ initialized: true });
    expect((await pooled.snapshotSchema()).objects).not.toEqual([]);
    expect((await pooled.examine()).ledger).not.toBeNull();
    await pooler.stop();
  });

  it('in transaction mode is not asked to cancel what may be another client’s by now', async () => {
    const pooler = await startTransactionPooler(database.url, 1);
    const pooled = createPostgresDriver({ connectionString: pooler.url });
    const blocker = await openTestSession(database.url);
    await blocker.run('BEGIN; LOCK TABLE squizzle.ledger IN ACCESS EXCLUSIVE MODE');
    const reading = pooled.readHistory({ signal: AbortSignal.timeout(200) });
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    const waiting = await database.run("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    expect(waiting, 'the backend still works').toHaveLength(1);
    await blocker.end();
    await pooler.stop();
  });

  /** Every backend of the pool is looked at: each client holds one. */
  async function expectNothingLeft(url: string, poolSize: number): Promise<void> {
    const clients = await Promise.all(Array.from({ length: poolSize }, () => openTestSession(url)));
    const settings = clients.map(async (client) => {
      const [row] = await client.run("SELECT current_setting('lock_timeout') AS limit, pg_sleep(0.05)");
      return row?.['limit'];
    });
    expect(await Promise.all(settings)).toEqual(clients.map(() => '0'));
    for (const client of clients) await client.end();
    const locks =
      "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND d.datname = current_database()";
    expect(await database.run(locks)).toEqual([]);
  }
});

describe('a standby', () => {
  const newest = inject('postgresServers').findLast(({ url }) => url !== null);

  it.skipIf(newest === undefined)('is read and not migrated', async () => {
    const cluster = await startCluster({ version: newest?.version ?? '', standby: true });
    const driver = createPostgresDriver({ connectionString: cluster.url('postgres') });
    try {
      expect(await driver.readHistory()).toMatchObject({ initialized: false });
      expect((await driver.serverFacts()).readOnly).toBe(true);
      const message = containing('standby');
      await expect(driver.withLock(async () => undefined)).rejects.toMatchObject({
        code: 'DATABASE_UNSUITABLE',
        message,
      });
    } finally {
      await cluster.stop();
    }
  });
});
