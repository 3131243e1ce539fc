import { describe, expect, it } from 'vitest';
import type { VerifiedArtifact } from '../model/artifact.ts';
import { checksumOf, checksumToDigest } from '../model/checksum.ts';
import { currentVersion, EMPTY_HISTORY, type JournalEntry } from '../model/history.ts';
import { findBrokenEvent, type LedgerEntry } from '../model/ledger-event.ts';
import { schemaDigest } from '../model/schema-snapshot.ts';
import { migrate, options, TWO } from '../testing/apply-fixture.ts';
import { journalEntry, sealedLedger } from '../testing/ledger-samples.ts';
import type { MemoryDatabase } from '../testing/memory-database.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { verifiedChain, version } from '../testing/shop.ts';
import { planBaseline, recordBaseline } from './baseline.ts';
import type { SchemaCandidate } from './detect-release.ts';
import type { MigrationEvent } from './migration-event.ts';

const CHAIN = await verifiedChain(TWO);
const NEXT = await verifiedChain({ ...TWO, '1.2.0': { 'migrations/3.sql': 'CREATE TABLE c (i int);' } });

/** A database with the tables of the chain, made by other hands. */
function foundDatabase(): MemoryDatabase {
  const database = createMemoryDatabase();
  database.state.objects.set('public.a', 'table').set('public.b', 'table');
  return database;
}

async function plan(database: MemoryDatabase, detected?: SchemaCandidate, artifact: VerifiedArtifact = CHAIN) {
  const history = await database.connect().readHistory();
  return planBaseline(artifact, history, { environment: 'production', detected });
}

async function detectedIn(database: MemoryDatabase): Promise<SchemaCandidate> {
  const digest = schemaDigest(await database.connect().snapshotSchema());
  return { version: version('1.1.0'), digest, source: 'rehearsed', snapshot: null };
}

describe('a baseline', () => {
  it('records the release with the schema as it is, and runs nothing', async () => {
    const database = foundDatabase();
    const driver = database.connect();
    const live = await driver.snapshotSchema();
    const event = await recordBaseline(await plan(database), driver, options);
    expect(event).toMatchObject({
      seq: 1,
      event: 'baselined',
      version: '1.1.0',
      artifactDigest: CHAIN.root.digest,
      checksum: CHAIN.manifest.checksum,
      actor: 'anna',
      environment: 'production',
      schemaDigest: schemaDigest(live),
      details: { name: 'shop', steps: 0, server: '18.0', unsignedReason: 'a test' },
    });
    expect(database.state.events).toEqual([event]);
    expect(findBrokenEvent(database.state.events)).toBeUndefined();
    expect(database.state.executed).toEqual([]);
    expect(await driver.readKeptSnapshot(schemaDigest(live))).toEqual(live);
  });

  it('lets the next release be applied, and no earlier one', async () => {
    const database = foundDatabase();
    await recordBaseline(await plan(database), database.connect(), options);
    expect(await migrate(NEXT, database)).toMatchObject([{ version: '1.2.0' }]);
    expect([...database.state.objects.keys()]).toEqual(['public.a', 'public.b', 'public.c']);
  });

  it.each<{
    why: string;
    entries: readonly Partial<LedgerEntry>[];
    current: string;
    journal?: readonly JournalEntry[];
  }>([
    { why: 'it has a release', entries: [{}], current: '1.0.0' },
    { why: 'it has a baseline', entries: [{ event: 'baselined' }], current: '1.0.0' },
    {
      why: 'a first run was interrupted',
      entries: [{ event: 'started' }],
      current: '1.0.0',
      journal: [journalEntry({})],
    },
  ])('is refused where $why', async ({ entries, current, journal = [] }) => {
    const history = { initialized: true, events: sealedLedger(...entries), journal };
    const refused = { code: 'BASELINE_REFUSED', details: { current } };
    expect(() => planBaseline(CHAIN, history, { environment: 'x' })).toThrow(expect.objectContaining(refused));
    const database = foundDatabase();
    database.state.initialized = true;
    database.state.events.push(...history.events);
    database.state.journal.push(...journal);
    const early = planBaseline(CHAIN, EMPTY_HISTORY, { environment: 'x' });
    await expect(recordBaseline(early, database.connect(), options)).rejects.toMatchObject(refused);
    expect(database.state.events).toEqual(history.events);
  });

  it.each<{ why: string; entries: readonly Partial<LedgerEntry>[] }>([
    { why: 'all was taken back', entries: [{}, { event: 'reverted' }] },
    { why: 'a first release failed and left nothing', entries: [{ event: 'failed' }] },
    { why: 'a first release was begun and kept nothing', entries: [{ event: 'started' }, { event: 'failed' }] },
  ])('is recorded where $why', async ({ entries }) => {
    const database = foundDatabase();
    database.state.initialized = true;
    database.state.events.push(...sealedLedger(...entries));
    await recordBaseline(await plan(database), database.connect(), options);
    expect(currentVersion(await database.connect().readHistory())).toBe('1.1.0');
    expect(findBrokenEvent(database.state.events)).toBeUndefined();
  });

  it('is refused where the ledger was written since it was planned', async () => {
    const database = foundDatabase();
    const planned = await plan(database);
    database.state.initialized = true;
    database.state.events.push(...sealedLedger({ event: 'failed' }));
    await expect(recordBaseline(planned, database.connect(), options)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(database.state.events).toHaveLength(1);
  });

  it('tells when the schema is not the declared one, and records both', async () => {
    const declared = checksumToDigest(checksumOf('declared'));
    const artifact = { ...CHAIN, manifest: { ...CHAIN.manifest, schemaDigest: declared } } as VerifiedArtifact;
    const database = foundDatabase();
    const told: MigrationEvent[] = [];
    const planned = await plan(database, undefined, artifact);
    const event = await recordBaseline(planned, database.connect(), { ...options, onEvent: (each) => told.push(each) });
    expect(told).toEqual([{ type: 'schema-differs', version: '1.1.0', declared, found: event.schemaDigest }]);
    expect(event.details).toMatchObject({ declaredSchemaDigest: declared });
  });

  it('goes without the schema where a lock is in the way, and says so', async () => {
    const database = foundDatabase();
    database.isSchemaBlocked = true;
    const told: MigrationEvent[] = [];
    const onEvent = (each: MigrationEvent): number => told.push(each);
    const event = await recordBaseline(await plan(database), database.connect(), { ...options, onEvent });
    expect(event).toMatchObject({ schemaDigest: null, details: { steps: 0 } });
    expect(event.details).not.toHaveProperty('server');
    expect(told).toEqual([{ type: 'schema-unrecorded', version: '1.1.0' }]);
    expect(database.state.kept).toBeNull();
  });
});

describe('a detected baseline', () => {
  it('says how the release was found', async () => {
    const database = foundDatabase();
    const planned = await plan(database, await detectedIn(database));
    const event = await recordBaseline(planned, database.connect(), options);
    expect(event.details).toMatchObject({ detected: 'rehearsed' });
  });

  it.each<{ why: string; change: (database: MemoryDatabase) => void }>([
    { why: 'the schema is another by now', change: ({ state }) => state.objects.set('public.z', 'table') },
    { why: 'the schema cannot be read again', change: (database) => (database.isSchemaBlocked = true) },
  ])('is not recorded when $why', async ({ change }) => {
    const database = foundDatabase();
    const planned = await plan(database, await detectedIn(database));
    change(database);
    await expect(recordBaseline(planned, database.connect(), options)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(database.state.events).toEqual([]);
  });
});
