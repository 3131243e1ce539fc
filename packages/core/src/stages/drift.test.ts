import { describe, expect, it } from 'vitest';
import { checksumOf, checksumToDigest } from '../model/checksum.ts';
import { sealEntry, type LedgerEntry } from '../model/ledger-event.ts';
import { schemaDigest } from '../model/schema-snapshot.ts';
import { journalEntry, ledgerEntry, sealedLedger } from '../testing/ledger-samples.ts';
import type { MemoryDatabase } from '../testing/memory-database.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { version } from '../testing/shop.ts';
import { detectDrift } from './drift.ts';

const RECORDED = checksumToDigest(checksumOf('a schema'));

/** A database with two tables and a ledger that recorded them. */
async function createRecorded(server?: string): Promise<MemoryDatabase> {
  const database = createMemoryDatabase();
  const { state } = database;
  state.objects.set('public.a', 'table').set('public.b', 'table');
  state.initialized = true;
  const snapshot = await database.connect().snapshotSchema();
  const digest = schemaDigest(snapshot);
  state.kept = { digest, snapshot };
  const details = server === undefined ? {} : { server };
  state.events.push(...sealedLedger({ version: version('1.2.0'), schemaDigest: digest, details }));
  return database;
}

describe('detectDrift', () => {
  it('finds none where the schema is as it was recorded', async () => {
    const database = await createRecorded('18.0');
    const { events } = database.state;
    expect(await detectDrift(database.connect())).toEqual({
      version: '1.2.0',
      recordedDigest: events[0]?.schemaDigest,
      liveDigest: events[0]?.schemaDigest,
      drifted: false,
      recordedAt: '2026-01-02T03:04:06.000Z',
      recordedServer: '18.0',
      liveServer: '18.0',
      serverChanged: false,
      differences: [],
    });
  });

  it.each<{ why: string; change: (database: MemoryDatabase) => void; found: readonly string[] | null }>([
    {
      why: 'a table that came',
      change: ({ state }) => state.objects.set('public.z', 'table'),
      found: ['added public.z'],
    },
    { why: 'one that went', change: ({ state }) => state.objects.delete('public.a'), found: ['removed public.a'] },
    {
      why: 'that it is another, where the recorded snapshot is not kept',
      change: (database) => {
        database.state.objects.delete('public.a');
        database.state.kept = null;
      },
      found: null,
    },
  ])('finds $why', async ({ change, found }) => {
    const database = await createRecorded();
    change(database);
    const report = await detectDrift(database.connect());
    expect(report).toMatchObject({ drifted: true, recordedServer: null, serverChanged: false });
    expect(report.liveDigest).not.toBe(report.recordedDigest);
    expect(report.differences?.map(({ change: what, name }) => `${what} ${name}`) ?? null).toEqual(found);
  });

  it.each([
    { recorded: '18.3', changed: false, why: 'minor versions write alike' },
    { recorded: '17.9', changed: true, why: 'another major version' },
    { recorded: '18beta2', changed: false, why: 'a version before the first' },
    { recorded: undefined, changed: false, why: 'nobody knows' },
  ])('says whether the server changed since $recorded: $why', async ({ recorded, changed }) => {
    const report = await detectDrift((await createRecorded(recorded)).connect());
    expect(report.serverChanged).toBe(changed);
  });

  it.each<{ why: string; entries: readonly Partial<LedgerEntry>[]; at: string | null; says: RegExp }>([
    { why: 'nothing was applied', entries: [], at: null, says: /has no release/ },
    {
      why: 'all was taken back',
      entries: [{}, { event: 'reverted', schemaDigest: RECORDED }],
      at: null,
      says: /has no/,
    },
    { why: 'the release recorded none', entries: [{}], at: '1.0.0', says: /doctor --repair/ },
    {
      why: 'a later release recorded none',
      entries: [{ schemaDigest: RECORDED }, { version: version('1.1.0') }],
      at: '1.1.0',
      says: /schema of 1\.1\.0 was not recorded/,
    },
    {
      why: 'a release is half way',
      entries: [{ schemaDigest: RECORDED }, { event: 'started', version: version('1.1.0') }, { event: 'failed' }],
      at: '1.0.0',
      says: /applying 1\.1\.0 .* not finished/,
    },
    {
      why: 'a way back is half way',
      entries: [{ schemaDigest: RECORDED }, { event: 'started', details: { direction: 'down' } }],
      at: '1.0.0',
      says: /rolling back 1\.0\.0/,
    },
  ])('has nothing to compare with where $why', async ({ entries, at, says }) => {
    const database = createMemoryDatabase();
    database.state.initialized = entries.length > 0;
    database.state.events.push(...sealedLedger(...entries));
    database.state.journal.push(journalEntry({ startedSeq: 2 }));
    await expect(detectDrift(database.connect())).rejects.toMatchObject({
      code: 'SCHEMA_UNRECORDED',
      details: { version: at },
      message: expect.stringMatching(says) as unknown,
    });
  });

  it('compares with what was recorded where a run has begun and done nothing yet', async () => {
    const database = await createRecorded();
    const started = ledgerEntry({ event: 'started', version: version('1.3.0') });
    database.state.events.push(sealEntry(started, database.state.events.at(-1) ?? null));
    expect(await detectDrift(database.connect())).toMatchObject({ version: '1.2.0', drifted: false });
  });

  it('does not take for drift what a migration did meanwhile', async () => {
    const database = await createRecorded();
    const driver = database.connect();
    let migrated = false;
    const snapshotSchema: typeof driver.snapshotSchema = async () => {
      if (!migrated) {
        migrated = true;
        database.state.objects.set('public.c', 'table');
        const schema = schemaDigest(await driver.snapshotSchema());
        const entry = ledgerEntry({ version: version('1.3.0'), schemaDigest: schema });
        database.state.events.push(sealEntry(entry, database.state.events.at(-1) ?? null));
      }
      return driver.snapshotSchema();
    };
    const report = await detectDrift({ ...driver, snapshotSchema });
    expect(report).toMatchObject({ version: '1.3.0', drifted: false });
  });
});
