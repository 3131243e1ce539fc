import { describeDatabaseInspectorContract } from './database-inspector-contract.ts';
import { createMemoryDatabase } from './memory-driver.ts';

describeDatabaseInspectorContract('memory driver', async () => {
  const database = createMemoryDatabase();
  const reason = 'no SQL reaches its catalog';
  return {
    driver: database.connect(),
    another: async () => database.connect(),
    capabilities: { secondSession: true, guardedLedger: reason, concurrentIndexes: reason },
    close: async () => undefined,
  };
});
