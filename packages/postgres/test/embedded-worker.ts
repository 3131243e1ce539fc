/**
 * A process that uses an embedded database: `embedded-worker <folder> <templates> <releases>`. Each release makes a
 * table `release_<seq>` and its ledger event in one transaction. Prints a line when each is committed.
 *
 * @module
 */
import { argv, stdout } from 'node:process';
import { historyHead, sealEntry, type LedgerEntry } from '@squizzle/core';
import { createEmbeddedDriver } from '../src/embedded/index.ts';

const [, , dataDir = '', templateCacheDir = '', releases = '1'] = argv;
const DIGEST = `sha256:${'a'.repeat(64)}` as LedgerEntry['artifactDigest'];
const ENTRY = {
  event: 'applied',
  version: '1.0.0' as LedgerEntry['version'],
  artifactDigest: DIGEST,
  checksum: 'a'.repeat(64) as LedgerEntry['checksum'],
  signer: null,
  actor: 'worker',
  environment: 'test',
  client: 'worker',
  startedAt: '2026-01-02T03:04:05.006Z',
  finishedAt: '2026-01-02T03:04:05.006Z',
  durationMs: 0,
  schemaDigest: null,
  details: {},
} as const satisfies LedgerEntry;

const driver = createEmbeddedDriver({ dataDir, templateCacheDir });
try {
  await driver.readHistory();
  await driver.withLock(async (session) => {
    for (let count = 0; count < Number(releases); count += 1) {
      const event = sealEntry(ENTRY, historyHead(await session.readHistory()));
      await session.transaction(async (transaction) => {
        await transaction.execute([{ sql: `CREATE TABLE release_${event.seq} (id int)` }]);
        await transaction.append(event);
      });
      stdout.write(`${event.seq}\n`);
    }
  });
} finally {
  await driver.close();
}
