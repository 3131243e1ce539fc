/**
 * What every {@link DatabaseInspector} must do, as tests; each driver is one. How snapshots come to be kept is part of the
 * driver's own suite.
 *
 * Faults are made with SQL past the driver. Where no SQL reaches an implementation, it says so in its capabilities and
 * the tests concerned are reported as skipped with the reason.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseDriver, MigrationSession } from '../contracts/database-driver.ts';
import type { DatabaseInspector } from '../contracts/database-inspector.ts';
import { checksumOf, checksumToDigest } from '../model/checksum.ts';
import type { DatabaseExamination } from '../model/diagnosis.ts';
import { EMPTY_HISTORY } from '../model/history.ts';
import { sealEntry, type LedgerEntry, type LedgerEvent } from '../model/ledger-event.ts';
import { schemaDigest, type SchemaSnapshot } from '../model/schema-snapshot.ts';
import { requireCapability, table, type Capability } from './database-fixture.ts';
import { journalEntry, ledgerEntry, sealedLedger } from './ledger-samples.ts';

export interface InspectorCapabilities {
  /** Two drivers may use one database at once. */
  readonly secondSession: Capability;
  /** Someone else's SQL can take away what guards the ledger. */
  readonly guardedLedger: Capability;
  /** Indexes can be invalid, and be built and dropped concurrently. */
  readonly concurrentIndexes: Capability;
}

export interface InspectorFixture {
  /** To a database without a ledger and without tables. Its ledger lies in the schema `squizzle`. */
  readonly driver: DatabaseDriver & DatabaseInspector;
  /** Another driver for the same database, as another process would have it. */
  readonly another?: () => Promise<DatabaseDriver & DatabaseInspector>;
  /** Runs one statement as a superuser, past the driver. Needed by those who have `guardedLedger` or `concurrentIndexes`. */
  readonly run?: (sql: string) => Promise<unknown>;
  readonly capabilities: InspectorCapabilities;
  close(): Promise<void>;
}

export function describeDatabaseInspectorContract(name: string, open: () => Promise<InspectorFixture>): void {
  describe(`${name}: database inspector contract`, () => {
    let fixture: InspectorFixture;
    const current = (): InspectorFixture => fixture;

    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(async () => {
      await fixture.close();
    });

    describeKeptSnapshots(current);
    describeExamination(current);
    describeLedgerGuard(current);
    describeIndexes(current);
  });
}

function describeKeptSnapshots(fixture: () => InspectorFixture): void {
  const NEVER_KEPT = checksumToDigest(checksumOf('never kept'));

  it('has no snapshot where there is no ledger, and asking for one makes none', async () => {
    const { driver } = fixture();
    expect(await driver.readKeptSnapshot(NEVER_KEPT)).toBeNull();
    expect(await driver.readHistory()).toEqual(EMPTY_HISTORY);
  });

  it('gives the snapshot back as it was kept, by its digest alone', async () => {
    const { driver } = fixture();
    const kept = await driver.withLock((session) => keepLive(session, 'kept'));
    expect(kept.objects.length).toBeGreaterThan(0);
    expect(await driver.readKeptSnapshot(schemaDigest(kept))).toEqual(kept);
    expect(await driver.readKeptSnapshot(NEVER_KEPT)).toBeNull();
  });

  it('refuses a snapshot that does not have the digest it is kept under', async () => {
    const { driver } = fixture();
    await driver.withLock((session) =>
      session.transaction((transaction) => transaction.keepSnapshot(NEVER_KEPT, { objects: [] })),
    );
    await expect(driver.readKeptSnapshot(NEVER_KEPT)).rejects.toMatchObject({ code: 'LEDGER_INVALID' });
  });
}

async function keepLive(session: MigrationSession, name: string): Promise<SchemaSnapshot> {
  return session.transaction(async (transaction) => {
    await transaction.execute([table(name)]);
    const snapshot = await transaction.snapshotSchema();
    if (snapshot === null) throw new RangeError('nobody holds a lock, so the schema can be read');
    await transaction.keepSnapshot(schemaDigest(snapshot), snapshot);
    return snapshot;
  });
}

function describeExamination(fixture: () => InspectorFixture): void {
  const SOUND: Omit<DatabaseExamination, 'ledger'> = {
    invalidIndexes: [],
    pendingDetaches: [],
    lockHolder: null,
    openTransactions: [],
  };

  it('finds no ledger where there is none, and makes none', async () => {
    const { driver } = fixture();
    expect(await driver.examine()).toEqual({ ledger: null, ...SOUND });
    expect(await driver.readHistory()).toEqual(EMPTY_HISTORY);
  });

  it('finds nothing wrong with a ledger that was just made', async () => {
    const { driver } = fixture();
    await driver.withLock(async () => undefined);
    const { ledger, ...rest } = await driver.examine();
    expect(rest).toEqual(SOUND);
    expect(ledger).toMatchObject({ journal: [], faults: [] });
    expect(ledger?.systemVersion).toBe(ledger?.knownSystemVersion);
  });

  it('gives the journal of every run, finished or not, by run and segment', async () => {
    const { driver } = fixture();
    const journal = [
      journalEntry({ startedSeq: 1, segment: 0 }),
      journalEntry({ startedSeq: 1, segment: 1, start: 12, end: 90, path: 'migrations/ü.sql' }),
      journalEntry({ startedSeq: 3, segment: 0, state: 'started' }),
    ];
    await driver.withLock(async (session) => {
      await appendAll(session, [{ event: 'started' }, { event: 'applied' }, { event: 'started' }]);
      await session.transaction((transaction) => transaction.journal(journal.toReversed()));
    });
    expect((await driver.examine()).ledger?.journal).toEqual(journal);
  });

  it('goes on with the journal of an unfinished run after a repair was recorded', async () => {
    const { driver } = fixture();
    const entry = journalEntry({ startedSeq: 1, state: 'started' });
    const events = await driver.withLock(async (session) => {
      const started = await appendAll(session, [{ event: 'started' }]);
      await session.transaction((transaction) => transaction.journal([entry]));
      const repaired = sealEntry(ledgerEntry({ event: 'repaired' }), started.at(-1) ?? null);
      await session.transaction((transaction) => transaction.append(repaired));
      expect((await session.readHistory()).journal).toEqual([entry]);
      return [...started, repaired];
    });
    expect(await driver.readHistory()).toEqual({ initialized: true, events, journal: [entry] });
  });

  it('names who holds the lock', async (context) => {
    const { driver, another, capabilities } = fixture();
    requireCapability(context, capabilities.secondSession);
    if (another === undefined) throw new RangeError('the fixture declares secondSession but opens none');
    const other = await another();
    await driver.withLock(
      async () => {
        expect((await other.examine()).lockHolder).toContain('squizzle 1.2.0 contract');
      },
      { applicationName: 'squizzle 1.2.0 contract' },
    );
    expect((await other.examine()).lockHolder).toBeNull();
    await other.close();
  });

  it('stops for a signal that is already aborted', async () => {
    const { driver } = fixture();
    const signal = AbortSignal.abort();
    await expect(driver.examine({ signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    const digest = checksumToDigest(checksumOf('any'));
    await expect(driver.readKeptSnapshot(digest, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
}

async function appendAll(
  session: MigrationSession,
  differences: readonly Partial<LedgerEntry>[],
): Promise<readonly LedgerEvent[]> {
  const events = sealedLedger(...differences);
  await session.transaction(async (transaction) => {
    for (const event of events) await transaction.append(event);
  });
  return events;
}

function describeLedgerGuard(fixture: () => InspectorFixture): void {
  it.for([
    { sql: 'ALTER TABLE squizzle.ledger DISABLE TRIGGER USER', part: /squizzle\.ledger/, state: 'disabled' },
    { sql: 'DROP VIEW squizzle.current', part: /squizzle\.current/, state: 'missing' },
  ])('finds what guards and shows the ledger $state, and makes it anew', async ({ sql, part, state }, context) => {
    const { driver, run, capabilities } = fixture();
    requireCapability(context, capabilities.guardedLedger);
    const events = await driver.withLock((session) => appendAll(session, [{}]));
    await run?.(sql);
    const { ledger } = await driver.examine();
    expect(ledger?.faults.length).toBeGreaterThan(0);
    for (const fault of ledger?.faults ?? []) {
      expect(fault).toEqual({ part: expect.stringMatching(part) as unknown, state });
    }
    await driver.withLock((session) => session.repair({ kind: 'restore-ledger-guard' }));
    expect((await driver.examine()).ledger?.faults).toEqual([]);
    await expect(run?.("UPDATE squizzle.ledger SET actor = 'nobody'")).rejects.toBeInstanceOf(Error);
    expect((await driver.readHistory()).events).toEqual(events);
  });
}

function describeIndexes(fixture: () => InspectorFixture): void {
  const invalidate = (index: string): string =>
    `UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = '${index}'::regclass`;

  it.for([
    { index: 'public."Odd"', isRemnant: false, isUnique: true, left: 2, why: 'one that somebody named is built anew' },
    { index: 'public.x_ccnew1', isRemnant: true, isUnique: false, left: 1, why: 'what a REINDEX left is dropped' },
  ])('finds an invalid index and mends it: $why', async ({ index, isRemnant, isUnique, left }, context) => {
    const { driver, run, capabilities } = fixture();
    requireCapability(context, capabilities.concurrentIndexes);
    const name = index.slice('public.'.length);
    await run?.('CREATE TABLE public.t (i int)');
    await run?.('CREATE INDEX x ON public.t (i)');
    await run?.(`CREATE ${isUnique ? 'UNIQUE INDEX' : 'INDEX'} ${name} ON public.t (i)`);
    await run?.(invalidate(index));
    const found = { index, table: 'public.t', isRemnant, isBeingBuilt: false, isUnique };
    expect((await driver.examine()).invalidIndexes).toEqual([found]);
    const kind = isRemnant ? ('drop-index' as const) : ('rebuild-index' as const);
    await driver.withLock((session) => session.repair({ kind, index }));
    expect((await driver.examine()).invalidIndexes).toEqual([]);
    const indexes = (await driver.snapshotSchema()).objects.filter((object) => object.kind === 'index');
    expect(indexes.map(({ definition }) => definition['valid'])).toEqual(Array.from({ length: left }, () => true));
  });

  it('says why an index cannot be built anew, and leaves it as it is', async (context) => {
    const { driver, run, capabilities } = fixture();
    requireCapability(context, capabilities.concurrentIndexes);
    await run?.('CREATE TABLE public.t (i int)');
    await run?.('CREATE UNIQUE INDEX x ON public.t (i)');
    await run?.(invalidate('public.x'));
    await run?.("UPDATE pg_catalog.pg_index SET indisready = false WHERE indexrelid = 'public.x'::regclass");
    await run?.('INSERT INTO public.t VALUES (1), (1)');
    const rebuild = driver.withLock((session) => session.repair({ kind: 'rebuild-index', index: 'public.x' }));
    await expect(rebuild).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { sqlState: '23505' } });
    expect((await driver.examine()).invalidIndexes).toContainEqual(expect.objectContaining({ index: 'public.x' }));
  });
}
