import { expect, it } from 'vitest';
import { createTestDatabase, describeEachServer, openTestSession } from '../../test/servers.ts';
import { DEFAULT_CONNECT_TIMEOUT_MS } from '../postgres-driver.ts';
import { parseConnectionTarget } from '../connection/connection-target.ts';
import { createOpener } from '../connection/opener.ts';
import { readSnapshot } from './read-snapshot.ts';

describeEachServer('reading the schema', (server) => {
  it('gives up on what another transaction has locked, and reads it when that has ended', async () => {
    const database = await createTestDatabase(server);
    await database.run('CREATE TABLE held (id int); CREATE VIEW reads_it AS SELECT id FROM held');
    const holder = await openTestSession(database.url);
    const connection = await createOpener(parseConnectionTarget(database.url), DEFAULT_CONNECT_TIMEOUT_MS)({});
    try {
      await holder.run('BEGIN');
      await holder.run('LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
      const details = { waitMs: 50, holder: null };
      await expect(readSnapshot(connection, 'squizzle', 50)).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', details });
      await holder.run('ROLLBACK');
      const { objects } = await readSnapshot(connection, 'squizzle', 50);
      expect(objects.map(({ kind, name }) => `${kind} ${name}`)).toContain('view public.reads_it');
    } finally {
      await connection.close();
      await holder.end();
      await database.drop();
    }
  });
});
