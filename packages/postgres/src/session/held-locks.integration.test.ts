import { expect, it } from 'vitest';
import { createTestDatabase, describeEachServer } from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

describeEachServer('held locks', (server) => {
  it('are those on what others can see, also where it is younger than the transaction', async () => {
    const database = await createTestDatabase(server);
    const driver = createPostgresDriver({ connectionString: database.url });
    const made = 'CREATE TABLE made (id int); CREATE VIEW shown AS SELECT id FROM made';
    const sql = `DO $$ BEGIN CREATE TABLE made_in_block (id int); EXCEPTION WHEN no_data_found THEN END $$;
      SAVEPOINT still_open; ${made}; LOCK TABLE younger IN SHARE MODE`;
    const held = await driver.withLock((session) =>
      session.transaction(async (transaction) => {
        await database.run('CREATE TABLE younger (id int)');
        await transaction.execute([{ sql }]);
        return transaction.heldLocks();
      }),
    );
    expect(held).toEqual([{ target: 'public.younger', mode: 'ShareLock' }]);
    await database.drop();
  });
});
