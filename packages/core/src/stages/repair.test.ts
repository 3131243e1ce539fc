import { describe, expect, it } from 'vitest';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { Finding, FindingRepair } from '../model/diagnosis.ts';
import { findBrokenEvent, type LedgerEntry } from '../model/ledger-event.ts';
import { schemaDigest } from '../model/schema-snapshot.ts';
import { options, statementFailed } from '../testing/apply-fixture.ts';
import { sealedLedger } from '../testing/ledger-samples.ts';
import type { MemoryDatabase } from '../testing/memory-database.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { version } from '../testing/shop.ts';
import { detectDrift } from './drift.ts';
import { repairDatabase } from './repair.ts';

const GUARD: FindingRepair = { kind: 'restore-ledger-guard' };
const DROP: FindingRepair = { kind: 'drop-index', index: 'public.x_ccnew' };
const REBUILD: FindingRepair = { kind: 'rebuild-index', index: 'public.x' };
const RECORD: FindingRepair = { kind: 'record-schema' };

function findings(...repairs: readonly (FindingRepair | null)[]): readonly Finding[] {
  return repairs.map((repair) => {
    const check = repair === null ? 'detaches' : repair.kind === 'record-schema' ? 'schema' : 'indexes';
    return { check, state: 'fault', message: '', remedy: null, repair };
  });
}

function createBroken(...entries: readonly Partial<LedgerEntry>[]): MemoryDatabase {
  const database = createMemoryDatabase();
  const { state } = database;
  state.initialized = true;
  state.objects.set('public.t', 'table').set('public.x', 'invalid-index').set('public.x_ccnew', 'invalid-index');
  state.faults.push({ part: 'view squizzle.current', state: 'missing' });
  state.events.push(...sealedLedger(...entries));
  return database;
}

/** Records the schema as it is now with the last event. */
async function record(database: MemoryDatabase): Promise<void> {
  const snapshot = await database.connect().snapshotSchema();
  const digest = schemaDigest(snapshot);
  database.state.kept = { digest, snapshot };
  database.state.events = sealedLedger({ schemaDigest: digest });
}

describe('repairDatabase', () => {
  it('mends what is proposed, each once, the guard of the ledger first, and writes each down', async () => {
    const database = createBroken({ environment: 'production', version: version('1.4.0') });
    const [head] = database.state.events;
    const proposed = findings(REBUILD, null, GUARD, DROP, GUARD);
    const outcomes = await repairDatabase(proposed, database.connect(), { ...options, actor: 'otto' });
    expect(outcomes.map(({ repair, repaired, seq }) => [repair.kind, repaired, seq])).toEqual([
      ['restore-ledger-guard', true, 2],
      ['drop-index', true, 3],
      ['rebuild-index', true, 4],
    ]);
    expect(database.state.repaired).toEqual([GUARD, DROP, REBUILD]);
    expect([...database.state.objects]).toEqual([
      ['public.t', 'table'],
      ['public.x', 'index'],
    ]);
    const { events } = database.state;
    expect(findBrokenEvent(events)).toBeUndefined();
    expect(events[2]).toMatchObject({
      event: 'repaired',
      version: '1.4.0',
      artifactDigest: head?.artifactDigest,
      checksum: head?.checksum,
      actor: 'otto',
      environment: 'production',
      schemaDigest: null,
      details: { check: 'indexes', repair: 'drop-index', object: 'public.x_ccnew' },
    });
  });

  it('takes no lock where nothing is proposed', async () => {
    const driver = { ...createBroken({}).connect(), withLock: () => Promise.reject(new TypeError('locked')) };
    expect(await repairDatabase(findings(null), driver, options)).toEqual([]);
  });

  it('goes on after one that the server refuses, and says what it said', async () => {
    const database = createBroken({});
    const refused = statementFailed('23505');
    database.beforeStatement = (statement) => {
      if (statement.startsWith('DROP')) throw refused;
    };
    const outcomes = await repairDatabase(findings(DROP, REBUILD), database.connect(), options);
    expect(outcomes).toMatchObject([
      { repaired: false, seq: null, message: expect.stringContaining(refused.message) as unknown },
      { repaired: true, seq: 2 },
    ]);
    expect(outcomes[0]?.message).toContain('DROP INDEX CONCURRENTLY public.x_ccnew');
    expect(database.state.events.map(({ event }) => event)).toEqual(['applied', 'repaired']);
  });

  it('says when something was mended of which the ledger could not be told', async () => {
    const database = createBroken({});
    database.beforeCommit = () => {
      throw statementFailed('53100');
    };
    const [outcome] = await repairDatabase(findings(GUARD), database.connect(), options);
    expect(outcome).toMatchObject({ repaired: true, seq: null });
    expect(outcome?.message).toMatch(/made anew, but the ledger could not be told/);
  });

  it.each([new SquizzleError('CANCELLED', 'stopped', { during: 'a repair' }), new TypeError('a fault of ours')])(
    'passes on that it was stopped, and faults of the program: %s',
    async (thrown) => {
      const database = createBroken({});
      database.beforeStatement = () => {
        throw thrown;
      };
      await expect(repairDatabase(findings(GUARD), database.connect(), options)).rejects.toBe(thrown);
    },
  );

  it('does nothing where the ledger has no event, and says what people can do', async () => {
    const database = createBroken();
    const outcomes = await repairDatabase(findings(GUARD, REBUILD), database.connect(), options);
    expect(outcomes.map(({ repaired }) => repaired)).toEqual([false, false]);
    expect(outcomes[0]?.message).toContain('squizzle init --db');
    expect(outcomes[1]?.message).toContain('REINDEX INDEX CONCURRENTLY public.x');
    expect(database.state.repaired).toEqual([]);
  });

  it.each<{ why: string; entries: readonly Partial<LedgerEntry>[]; at: string }>([
    { why: 'the current release', entries: [{}, { event: 'failed', version: version('1.1.0') }], at: '1.0.0' },
    {
      why: 'the newest event where no release is applied',
      entries: [{ event: 'started', version: version('1.1.0') }],
      at: '1.1.0',
    },
  ])('is recorded with $why', async ({ entries, at }) => {
    const database = createBroken(...entries);
    await repairDatabase(findings(GUARD), database.connect(), options);
    expect(database.state.events.at(-1)).toMatchObject({ event: 'repaired', version: at });
  });
});

describe('the recorded schema', () => {
  it('follows a repair of what was as recorded', async () => {
    const database = createBroken();
    await record(database);
    const outcomes = await repairDatabase(findings(DROP, REBUILD), database.connect(), options);
    expect(outcomes.map(({ repaired }) => repaired)).toEqual([true, true]);
    expect(await detectDrift(database.connect())).toMatchObject({ drifted: false, recordedServer: '18.0' });
  });

  it('does not follow where something drifted: that would cover it up', async () => {
    const database = createBroken();
    await record(database);
    database.state.objects.set('public.drifted', 'table');
    await repairDatabase(findings(DROP), database.connect(), options);
    const { differences } = await detectDrift(database.connect());
    expect(differences?.map(({ name }) => name)).toEqual(['public.drifted', 'public.x_ccnew']);
  });

  it('does not follow what others change while an index is built', async () => {
    const database = createBroken();
    await record(database);
    database.beforeStatement = (statement) => {
      if (statement.startsWith('REINDEX')) database.state.objects.set('public.meanwhile', 'table');
    };
    const outcomes = await repairDatabase(findings(DROP, REBUILD), database.connect(), options);
    expect(outcomes.map(({ repaired }) => repaired)).toEqual([true, true]);
    expect(outcomes.map(({ message }) => message.includes('the schema was not recorded with it'))).toEqual([
      false,
      true,
    ]);
    const { differences } = await detectDrift(database.connect());
    expect(differences?.map(({ name }) => name)).toEqual(['public.meanwhile', 'public.x']);
  });

  it('is recorded anew where there is none', async () => {
    const database = createBroken({ schemaDigest: null });
    expect(await repairDatabase(findings(RECORD), database.connect(), options)).toMatchObject([
      { repaired: true, seq: 2 },
    ]);
    expect(await detectDrift(database.connect())).toMatchObject({ version: '1.0.0', drifted: false });
    expect(database.state.events[1]?.details).toMatchObject({ check: 'schema', repair: 'record-schema', object: null });
  });

  it.each<{ why: string; arrange: (database: MemoryDatabase) => Promise<unknown> | void; says: RegExp }>([
    { why: 'one is recorded by now', arrange: record, says: /recorded already/ },
    {
      why: 'a run was begun',
      arrange: ({ state }) => void (state.events = sealedLedger({}, { event: 'started' })),
      says: /unfinished/,
    },
    {
      why: 'no release is there',
      arrange: ({ state }) => void (state.events = sealedLedger({ event: 'failed' })),
      says: /nothing was done/,
    },
    {
      why: 'a lock is in the way',
      arrange: (database) => void (database.isSchemaBlocked = true),
      says: /another transaction/,
    },
    {
      why: 'it could not be committed',
      arrange: (database) => {
        database.beforeCommit = () => {
          throw statementFailed('53100');
        };
      },
      says: /^not recorded/,
    },
  ])('is not recorded when $why', async ({ arrange, says }) => {
    const database = createBroken({});
    await arrange(database);
    const before = database.state.events.length;
    const outcomes = await repairDatabase(findings(RECORD), database.connect(), options);
    expect(outcomes).toMatchObject([{ repaired: false, seq: null, message: expect.stringMatching(says) as unknown }]);
    expect(database.state.events).toHaveLength(before);
  });
});
