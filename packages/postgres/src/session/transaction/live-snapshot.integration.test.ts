import type { SchemaSnapshot } from '@squizzle/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, describeEachServer, openTestSession, type TestDatabase } from '../../../test/servers.ts';
import { createPostgresDriver } from '../../index.ts';

describeEachServer('the schema, read inside a release', (server) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    await database.run(`CREATE TABLE held (id int); CREATE TABLE changed (id int);
      CREATE VIEW seen AS SELECT id FROM held; CREATE VIEW other AS SELECT id FROM changed`);
  });
  afterEach(() => database.drop());

  /** What is read after `sql` and `meanwhile`; the transaction must go on. */
  const readAfter = (sql: string, meanwhile: () => Promise<unknown>): Promise<SchemaSnapshot | null> =>
    createPostgresDriver({ connectionString: database.url }).withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.execute([{ sql }]);
        await meanwhile();
        const snapshot = await transaction.snapshotSchema();
        await transaction.execute([{ sql: 'CREATE TABLE after_it (id int)' }]);
        return snapshot;
      }),
    );
  const untilWaiting = async (pid: number): Promise<void> => {
    while ((await database.run(`SELECT 1 FROM pg_locks WHERE pid = ${pid} AND NOT granted`)).length === 0);
  };

  it('costs no application its transaction, however long that has waited for the release', async () => {
    const application = await openTestSession(database.url);
    await application.run("SET deadlock_timeout = '300ms'");
    await application.run('BEGIN');
    await application.run('LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
    let waiting: Promise<unknown> = Promise.resolve();
    const snapshot = await readAfter('ALTER TABLE changed ADD COLUMN more int', async () => {
      waiting = application.run('SELECT 1 FROM changed').then(
        () => 'went on',
        (error: unknown) => error,
      );
      await untilWaiting(application.pid);
      await database.run('SELECT pg_sleep(0.2)'); // its timer has run for most of its time
    });
    expect(snapshot).toBeNull();
    expect(await waiting).toBe('went on');
    await application.end();
  });

  it('is read where others only wait for what the release has locked, or hold what is temporary', async () => {
    const [waiter, temporary] = [await openTestSession(database.url), await openTestSession(database.url)];
    await temporary.run('BEGIN');
    await temporary.run('CREATE TEMPORARY TABLE scratch (id int)');
    let waiting: Promise<unknown> = Promise.resolve();
    const snapshot = await readAfter('ALTER TABLE changed ADD COLUMN more int', async () => {
      waiting = waiter.run('TRUNCATE changed');
      await untilWaiting(waiter.pid);
    });
    expect(snapshot?.objects.map(({ name }) => name)).toContain('public.other');
    await waiting;
    await Promise.all([waiter.end(), temporary.end()]);
  });

  it('is null where the server refuses to tell, and the release goes on', async () => {
    const broken = "UPDATE pg_proc SET prolang = 0 WHERE proname = 'breaks'";
    const sql = `CREATE FUNCTION breaks() RETURNS int LANGUAGE sql AS 'SELECT 1'; ${broken}`;
    expect(await readAfter(sql, () => Promise.resolve())).toBeNull();
  });
});
