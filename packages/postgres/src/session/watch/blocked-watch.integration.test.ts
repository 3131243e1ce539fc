import type { LockConflict } from '@squizzle/core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { parseConnectionTarget } from '../../connection/connection-target.ts';
import { createOpener } from '../../connection/opener.ts';
import type { PgConnection } from '../../connection/pg-connection.ts';
import {
  createTestDatabase,
  describeEachServer,
  openTestSession,
  type TestDatabase,
  type TestSession,
} from '../../../test/servers.ts';
import { watchBlocked, type BlockedWatch } from './blocked-watch.ts';
import { leadingWords } from './command-words.ts';

describeEachServer('the watch over a session that waits', (server) => {
  let database: TestDatabase;
  let own: PgConnection;
  let holder: TestSession;
  let watch: BlockedWatch;
  let told: LockConflict[];
  let opened: number;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    await database.run('CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders VALUES (1)');
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    const open = createOpener(parseConnectionTarget(database.url), 4_000);
    own = await open({ applicationName: 'watched' });
    holder = await openTestSession(database.url, 'the holder');
    [told, opened] = [[], 0];
    watch = watchBlocked({
      connection: own,
      pid: await own.backendPid(),
      onBlocked: (conflict) => told.push(conflict),
      openSecond: (signal) => {
        opened += 1;
        return open({ signal });
      },
      lookAfterMs: 5,
    });
  });
  afterEach(async () => {
    await watch.end();
    await own.close();
    await holder.end();
  });

  const untilTold = async (count: number): Promise<void> => {
    while (told.length < count) await new Promise((done) => setTimeout(done, 5));
  };

  it.each([
    {
      hold: "LOCK TABLE orders IN SHARE MODE /* 's3cret' */",
      sql: 'ALTER TABLE orders ADD COLUMN more int',
      target: 'public.orders',
      mode: 'AccessExclusiveLock',
      command: 'LOCK TABLE',
    },
    {
      hold: "-- s3cret\n/* s3cret */ UPDATE orders SET note = 's3cret'",
      sql: 'DELETE FROM orders',
      target: 'transactionid',
      mode: 'ShareLock',
      command: 'UPDATE',
    },
    {
      hold: 'SELECT pg_advisory_lock(5)',
      sql: 'SELECT pg_advisory_lock(5)',
      target: 'advisory',
      mode: 'ExclusiveLock',
      command: 'SELECT',
    },
  ])('tells that $sql waits for $target, and who holds it', async ({ hold, sql, target, mode, command }) => {
    await holder.run('BEGIN');
    await holder.run(hold);
    const waiting = watch.connection.send(`BEGIN; ${sql}; ROLLBACK`);
    await untilTold(1);
    expect(told).toEqual([
      {
        target,
        mode,
        waitedMs: expect.any(Number) as unknown,
        holders: [
          {
            pid: holder.pid,
            applicationName: 'the holder',
            state: 'idle in transaction',
            since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
            command,
          },
        ],
      },
    ]);
    expect(JSON.stringify(told)).not.toContain('s3cret');
    await holder.run('SELECT pg_advisory_unlock_all()');
    await holder.run('ROLLBACK');
    await waiting;
  });

  it('tells once of one wait, again of another, and not of the same one twice', async () => {
    const wait = (): Promise<unknown> =>
      watch.connection.send("SET lock_timeout = '100ms'; LOCK TABLE orders").catch(() => undefined);
    await holder.run('BEGIN; LOCK TABLE orders');
    await wait();
    await wait();
    expect(told).toHaveLength(1);
    await holder.run('ROLLBACK; BEGIN; LOCK TABLE orders');
    await wait();
    expect(told).toHaveLength(2);
    expect(opened, 'connections for it').toBe(1);
    await holder.run('ROLLBACK');
  });

  it('opens nothing for statements that are fast, and looks at nothing when none runs', async () => {
    await watch.end();
    watch = watchBlocked({
      connection: own,
      pid: '0',
      onBlocked: () => undefined,
      openSecond: () => Promise.reject(new RangeError(`opened ${(opened += 1)} times`)),
      lookAfterMs: 200,
    });
    for (let count = 0; count < 20; count += 1) await watch.connection.query('SELECT 1');
    expect(opened).toBe(0);
    await watch.connection.query('SELECT pg_sleep(0.3)');
    await watch.connection.query('SELECT pg_sleep(0.3)');
    expect(opened, 'what failed is not tried again').toBe(1);
  });

  it('goes on when its own connection is ended', async () => {
    await holder.run('BEGIN; LOCK TABLE orders');
    const waiting = watch.connection.send('BEGIN; LOCK TABLE orders; COMMIT');
    await untilTold(1);
    await database.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'squizzle' AND datname = current_database()",
    );
    await holder.run('ROLLBACK');
    expect(await waiting).toMatchObject({ tag: 'COMMIT' });
  });

  it.each([
    { query: '/* a */ -- b\n  Create   Index ix', words: 'Create   Index ix' },
    { query: '<insufficient privilege>', words: null },
    { query: "'s3cret'", words: null },
    { query: '', words: null },
    { query: 'COPY t FROM STDIN', words: 'COPY t FROM' },
  ])('takes $words from $query', async ({ query, words }) => {
    const literal = `'${query.replaceAll("'", "''")}'`;
    expect(await own.query(`SELECT ${leadingWords(`${literal}::text`)} AS words`)).toEqual([{ words }]);
  });
});
