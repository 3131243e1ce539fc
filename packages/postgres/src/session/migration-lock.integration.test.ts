import type { DatabaseDriver } from '@squizzle/core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { containing, matching } from '../../test/matchers.ts';
import { startCluster } from '../../../../tools/postgres/cluster.ts';
import { createTestDatabase, describeEachServer, type TestDatabase } from '../../test/servers.ts';
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

  it.each([
    { pooling: 'transaction', poolSize: 1 },
    { pooling: 'transaction', poolSize: 3 },
  ] as const)('is not trusted to a pooler in $pooling mode with $poolSize backends', async ({ poolSize }) => {
    const pooler = await startTransactionPooler(database.url, poolSize);
    const pooled = createPostgresDriver({ connectionString: pooler.url });
    const run = pooled.withLock(async () => undefined, { waitMs: 0 });
    await expect(run).rejects.toMatchObject({
      code: 'DATABASE_UNSUITABLE',
      message: containing('SQUIZZLE_MIGRATION_DATABASE_URL'),
    });
    await pooler.stop();
  });
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
