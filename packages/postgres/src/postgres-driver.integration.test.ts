import { describeDatabaseDriverContract } from '@squizzle/core/testing';
import { createTestDatabase, describeEachServer, openTestSession } from '../test/servers.ts';
import { createPostgresDriver } from './index.ts';

describeEachServer('pg', (server) => {
  describeDatabaseDriverContract('pg driver', async () => {
    const database = await createTestDatabase(server);
    const connect = () => createPostgresDriver({ connectionString: database.url });
    const driver = connect();
    return {
      driver,
      another: async () => connect(),
      tableExists: async (name) =>
        (await database.run(`SELECT to_regclass('public.${name}') AS found`))[0]?.['found'] !== null,
      holdTable: async (name) => {
        const session = await openTestSession(database.url);
        await session.run('BEGIN');
        await session.run(`LOCK TABLE public.${name} IN ACCESS EXCLUSIVE MODE`);
        return session.end;
      },
      ledgerTable: 'squizzle.ledger',
      capabilities: { secondSession: true, cancellation: true, guardedLedger: true, lockConflicts: true },
      close: async () => {
        await driver.close();
        await database.drop();
      },
    };
  });
});
