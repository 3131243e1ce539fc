import { ledgerEntry } from '@squizzle/core/testing';
import {
  historyHead,
  isSquizzleError,
  sealEntry,
  type DatabaseDriver,
  type LockOptions,
  type MigrationSession,
} from '@squizzle/core';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startCuttingProxy } from '../../test/cutting-proxy.ts';
import { containing } from '../../test/matchers.ts';
import { createTestDatabase, describeEachServer, type TestDatabase, type TestServer } from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

/** One release, as a run makes it: in a transaction with its event. */
async function release(session: MigrationSession): Promise<void> {
  const event = sealEntry(ledgerEntry({}), historyHead(await session.readHistory()));
  await session.transaction(async (transaction) => {
    await transaction.execute([{ sql: `CREATE TABLE release_${event.seq} (id int)` }]);
    await transaction.append(event);
  });
}

describe('a connection that breaks', () => {
  const found = inject('postgresServers').findLast(({ url }) => url !== null);

  it.skipIf(found === undefined)(
    'at any step leaves what it says: nothing, all, or what only the ledger knows',
    { timeout: 60_000 },
    async () => {
      const server: TestServer = { version: found?.version ?? '', url: found?.url ?? '', pid: found?.pid ?? 0 };
      const database = await createTestDatabase(server);
      const direct = createPostgresDriver({ connectionString: database.url });
      await direct.withLock(async () => undefined);
      const proxy = await startCuttingProxy(database.url);
      const driver = createPostgresDriver({ connectionString: proxy.url });
      let before = 0;
      /** What the run says, and how many releases the ledger has more. */
      const run = async (options: LockOptions = {}): Promise<string> => {
        const outcome = await driver.withLock(release, options).then(() => 'done', explain);
        const after = (await direct.withLock((session) => session.readHistory())).events.length;
        const more = after - before;
        before = after;
        return `${outcome} ${more}`;
      };
      const seen = new Set<string>();
      let atCommit = 0;
      for (const moment of ['unsent', 'unanswered'] as const) {
        for (let request = 1; request === 1 || proxy.hasCut(); request += 1) {
          proxy.cutAt(request, moment);
          const result = await run();
          expect(result, `cut at request ${request}, ${moment}`).toMatch(
            /^(unreachable 0|lost 0|unknown [01]|done 1)$/,
          );
          if (result === 'unknown 1') atCommit = request;
          seen.add(result);
        }
      }
      expect([...seen].sort(), 'COMMIT may have arrived or not: both are told as unknown').toEqual([
        'done 1',
        'lost 0',
        'unknown 0',
        'unknown 1',
        'unreachable 0',
      ]);
      const abort = new AbortController();
      proxy.cutAt(atCommit, 'unanswered', () => abort.abort());
      expect(await run({ signal: abort.signal }), 'a stop at that moment hides nothing').toBe('unknown 1');
      await proxy.stop();
      await database.drop();
    },
  );

  function explain(error: unknown): string {
    if (isSquizzleError(error, 'DATABASE_UNREACHABLE')) return 'unreachable';
    if (!isSquizzleError(error, 'CONNECTION_LOST')) return String(error);
    return error.message.includes('squizzle status') ? 'unknown' : 'lost';
  }
});

describeEachServer('a session that is ended', (server) => {
  let database: TestDatabase;
  let driver: DatabaseDriver;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    driver = createPostgresDriver({ connectionString: database.url });
  });
  afterEach(() => database.drop());

  /** Until the server has ended the session; polled, as it does so when it pleases. */
  const untilGone = async (applicationName: string): Promise<void> => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE application_name = '${applicationName}'`;
    while ((await database.run(sql)).length > 0);
  };

  it.each([
    { setting: 'idle_in_transaction_session_timeout', inTransaction: true, sqlState: '25P03' },
    { setting: 'idle_session_timeout', inTransaction: false, sqlState: '57P05' },
  ])('by $setting is lost, and the reason is told', async ({ setting, inTransaction, sqlState }) => {
    await database.run(`ALTER DATABASE ${database.name} SET ${setting} = '50ms'`);
    const run = driver.withLock(
      async (session) => {
        if (!inTransaction) await untilGone('idler');
        await session.transaction(async (transaction) => {
          await untilGone('idler');
          await transaction.execute([{ sql: 'CREATE TABLE never (id int)' }]);
        });
      },
      { applicationName: 'idler' },
    );
    await expect(run).rejects.toMatchObject({ code: 'CONNECTION_LOST', message: containing(setting) });
    await expect(run).rejects.toHaveProperty('cause.sqlState', sqlState);
  });

  it.each([
    { end: 'pg_cancel_backend', code: 'STATEMENT_FAILED', details: { sqlState: '57014', index: 0 } },
    { end: 'pg_terminate_backend', code: 'CONNECTION_LOST', details: { database: containing('127.0.0.1') } },
  ])('by an administrator with $end is told as $code', async ({ end, code, details }) => {
    const run = driver.withLock(
      (session) => session.transaction((transaction) => transaction.execute([{ sql: 'SELECT pg_sleep(20)' }])),
      { applicationName: 'sleeper', signal: new AbortController().signal },
    );
    const ended = run.then(
      () => undefined,
      () => undefined,
    );
    const sleeping = `SELECT ${end}(pid) FROM pg_stat_activity WHERE application_name = 'sleeper' AND query LIKE '%sleep(20)%' AND state = 'active'`;
    while ((await database.run(sleeping)).length === 0);
    await ended;
    await expect(run).rejects.toMatchObject({ code, details });
  });

  it.each([
    { sql: 'SELECT pg_advisory_unlock_all()', why: 'a text' },
    { sql: 'SELECT free_everything()', why: 'a function that a text calls' },
  ])('is refused to commit without the migration lock, given back by $why', async ({ sql }) => {
    await database.run(
      'CREATE FUNCTION free_everything() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$',
    );
    const run = driver.withLock(async (session) => {
      const first = session.transaction((transaction) =>
        transaction.execute([{ sql: 'CREATE TABLE never (id int)' }, { sql }]),
      );
      await expect(first).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '55000', index: 1 } });
      await release(session);
    });
    await expect(run, 'and so is all that comes after').rejects.toMatchObject({ details: { sqlState: '55000' } });
    expect(await database.run("SELECT to_regclass('never') AS found")).toEqual([{ found: null }]);
    expect((await driver.readHistory()).events).toEqual([]);
  });

  it('does not go on when a text outside a transaction gave the lock back', async () => {
    const run = driver.withLock((session) => session.executeOutsideTransaction({ sql: 'DISCARD ALL' }));
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '55000', index: 0 } });
  });
});
