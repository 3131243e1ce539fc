import { describeDatabaseInspectorContract } from '@squizzle/core/testing';
import { afterAll, describe } from 'vitest';
import { createEmbeddedFixture } from '../../test/embedded-fixture.ts';
import { createTestDatabase, describeEachServer } from '../../test/servers.ts';
import { createPostgresDriver } from '../index.ts';

describeEachServer('pg', (server) => {
  describeDatabaseInspectorContract('pg driver', async () => {
    const database = await createTestDatabase(server);
    const connect = () => createPostgresDriver({ connectionString: database.url });
    return {
      driver: connect(),
      another: async () => connect(),
      run: database.run,
      capabilities: { secondSession: true, guardedLedger: true, concurrentIndexes: true },
      close: database.drop,
    };
  });
});

describe('PGlite', () => {
  const { driver, run, empty } = createEmbeddedFixture('memory');
  afterAll(() => driver.close());

  describeDatabaseInspectorContract('PGlite in memory', () =>
    Promise.resolve({
      driver,
      run,
      capabilities: { secondSession: 'PGlite has one session', guardedLedger: true, concurrentIndexes: true },
      close: empty,
    }),
  );
});
