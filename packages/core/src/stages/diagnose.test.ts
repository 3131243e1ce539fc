import { describe, expect, it } from 'vitest';
import type { DatabaseDriver } from '../contracts/database-driver.ts';
import type { DatabaseInspector } from '../contracts/database-inspector.ts';
import type { ErrorCode } from '../errors/error-catalog.ts';
import { SquizzleError, type ErrorDetails } from '../errors/squizzle-error.ts';
import type { DatabaseExamination, Finding, FindingCheck, InvalidIndex } from '../model/diagnosis.ts';
import { sealEntry, type LedgerEvent } from '../model/ledger-event.ts';
import { schemaDigest } from '../model/schema-snapshot.ts';
import { killAt, migrate } from '../testing/apply-fixture.ts';
import { createApplied, DIAGNOSED, diagnose, diagnoseOnly, matching } from '../testing/diagnose-fixture.ts';
import { journalEntry, ledgerEntry, sealedLedger } from '../testing/ledger-samples.ts';
import { MEMORY_FACTS, type MemoryDatabase } from '../testing/memory-database.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { version } from '../testing/shop.ts';
import { diagnoseDatabase } from './diagnose.ts';

const CHECKS: readonly FindingCheck[] = [
  ...(['server', 'ledger', 'system-version', 'ledger-guard', 'chain', 'steps', 'releases'] as const),
  ...(['unfinished', 'schema', 'indexes', 'detaches', 'sessions'] as const),
];

const of = (check: FindingCheck, findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((finding) => finding.check === check);

/** What a test says of a database that an examination shows. */
async function withExamination(examination: Partial<DatabaseExamination>): Promise<MemoryDatabase> {
  const database = await createApplied();
  database.examination = examination;
  return database;
}

describe('a diagnosis', () => {
  it('says of each check that all is well, in order', async () => {
    const findings = await diagnose(await createApplied());
    expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual(CHECKS.map((check) => `${check} ok`));
    for (const finding of findings) expect(finding).toMatchObject({ remedy: null, repair: null });
    expect(of('steps', findings)[0]?.message).toContain('journals of 1 run ');
    expect(of('chain', findings)[0]?.message).toMatch(/events 1 to 4 .* head [0-9a-f]{64} .*squizzle history/);
  });

  it('has nothing against an empty database', async () => {
    const findings = await diagnose(createMemoryDatabase(), null);
    expect(findings.filter(({ state }) => state !== 'ok')).toMatchObject([{ check: 'ledger', state: 'note' }]);
    expect(findings.map(({ check }) => check)).toEqual(CHECKS);
  });

  it('is none of the work of a database that is at work', async () => {
    const driver = { ...(await createApplied()).connect(), withLock: () => Promise.reject(new TypeError('locked')) };
    expect(await diagnoseDatabase(driver, { artifact: DIAGNOSED })).toHaveLength(CHECKS.length);
  });
});

describe('the server and its sessions', () => {
  it('is a note when it cannot be migrated', async () => {
    const database = await createApplied();
    database.facts = { ...database.facts, readOnly: true };
    expect(await diagnoseOnly('server', database)).toMatchObject([{ state: 'note', remedy: /primary/ }].map(matching));
  });

  it('names who holds the lock, and who would be in the way', async () => {
    const database = await withExamination({
      lockHolder: 'pid 7 (squizzle 1.2.0)',
      openTransactions: [
        { pid: 8, applicationName: 'psql', state: 'idle in transaction', sinceSeconds: 3_700 },
        { pid: 9, applicationName: '', state: 'active', sinceSeconds: 61 },
        { pid: 10, applicationName: 'etl', state: 'active', sinceSeconds: 7_200 },
      ],
    });
    expect(await diagnoseOnly('sessions', database)).toMatchObject(
      [
        { state: 'note', message: /held by pid 7 \(squizzle 1\.2\.0\)/ },
        { state: 'note', message: /^pid 8 \(psql\) .* open for 61 min, idle/, remedy: /pg_terminate_backend\(8\)/ },
        { state: 'note', message: /^pid 9 has had a transaction open for 61 s/ },
        { state: 'note', message: /open for 2 h/ },
      ].map(matching),
    );
  });
});

describe('the tables of the ledger', () => {
  it.each([
    { systemVersion: 1, state: 'note', remedy: /next apply upgrades/ },
    { systemVersion: 3, state: 'fault', remedy: /release of SQUIZZLE/ },
    { systemVersion: 0, state: 'fault', remedy: null },
  ] as const)('are of version $systemVersion: a $state', async ({ systemVersion, state, remedy }) => {
    const database = await createApplied();
    const { journal } = database.state;
    database.examination = { ledger: { systemVersion, knownSystemVersion: 2, journal, faults: [] } };
    expect(await diagnoseOnly('system-version', database)).toMatchObject([{ state, remedy }].map(matching));
  });

  it('are told part by part where they are not as they were made', async () => {
    const database = await createApplied();
    database.state.faults.push({ part: 'view squizzle.current', state: 'missing' });
    database.state.faults.push({ part: 'table squizzle.steps', state: 'missing', isLost: true });
    database.state.faults.push({ part: 'trigger append_only on squizzle.ledger', state: 'disabled' });
    const repair = { kind: 'restore-ledger-guard' };
    expect(await diagnoseOnly('ledger-guard', database)).toMatchObject(
      [
        { state: 'fault', message: /^view squizzle\.current is missing/, repair },
        { state: 'fault', message: /^table squizzle\.steps is missing/, remedy: /backup/, repair: null },
        { state: 'fault', message: /^trigger append_only on squizzle\.ledger is disabled/, repair },
      ].map(matching),
    );
  });
});

describe('an unfinished run', () => {
  async function createKilled(): Promise<MemoryDatabase> {
    const database = createMemoryDatabase();
    killAt(database, 'CREATE TABLE d');
    await expect(migrate(DIAGNOSED, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    return database;
  }

  it('is a fault, with the command that goes on with it', async () => {
    const findings = await diagnose(await createKilled());
    const remedy = `squizzle apply ${DIAGNOSED.root.digest} --env development`;
    expect(of('unfinished', findings)).toMatchObject([
      {
        state: 'fault',
        message: expect.stringMatching(/applying 1\.2\.0 .*by anna.*: 2 of 3/) as unknown,
        repair: null,
      },
    ]);
    expect(of('unfinished', findings)[0]?.remedy).toContain(remedy);
    expect(of('schema', findings)).toMatchObject([{ state: 'note', repair: null }]);
    expect(of('steps', findings)).toMatchObject([{ state: 'ok' }]);
  });

  it('is a note while somebody is at it', async () => {
    const database = await createKilled();
    database.examination = { lockHolder: 'pid 7' };
    expect(await diagnoseOnly('unfinished', database)).toMatchObject([
      matching({ state: 'note', message: /pid 7 is at it/ }),
    ]);
  });

  it.each([
    { releases: ['1.0.0', '1.2.0'], remedy: 'squizzle rollback 1.0.0 --env test' },
    { releases: ['1.2.0'], remedy: 'squizzle rollback --all --env test' },
  ])('of a way back after $releases goes on with $remedy', async ({ releases, remedy }) => {
    const database = createMemoryDatabase();
    database.state.initialized = true;
    const details = { direction: 'down', segments: 3 };
    const rows = [
      ...releases.map((text) => ({ version: version(text) })),
      { event: 'started' as const, version: version('1.2.0'), details },
    ];
    database.state.events.push(...sealedLedger(...rows));
    database.state.journal.push(journalEntry({ startedSeq: rows.length }));
    expect((await diagnoseOnly('unfinished', database))[0]?.remedy).toContain(remedy);
  });

  it('is a note when it kept nothing: nothing waits for it', async () => {
    const database = createMemoryDatabase();
    killAt(database, 'CREATE TABLE c');
    await expect(migrate(DIAGNOSED, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    expect(await diagnoseOnly('unfinished', database)).toMatchObject([
      matching({ state: 'note', message: /applying 1\.2\.0 .*before anything of it was kept/, remedy: null }),
    ]);
  });

  it('has a part that a person took as done: that stays a note of the release', async () => {
    const database = createMemoryDatabase();
    killAt(database, 'CREATE INDEX');
    await expect(migrate(DIAGNOSED, database)).rejects.toThrow('killed');
    killAt(database, 'CREATE TABLE d');
    await expect(migrate(DIAGNOSED, database, { interrupted: 'skip' })).rejects.toThrow('killed');
    delete database.beforeStatement;
    await migrate(DIAGNOSED, database);
    expect(await diagnoseOnly('releases', database)).toMatchObject([
      { state: 'ok' },
      matching({ state: 'note', message: /1\.2\.0 was applied \(event 4\), migrations\/3\.sql:2 was not run: anna/ }),
    ]);
    expect(await diagnoseOnly('steps', database)).toMatchObject([{ state: 'ok' }]);
  });
});

describe('the schema', () => {
  it('is a fault when it drifted, with the number of objects, and what the server has to do with it', async () => {
    const database = await createRecorded({ server: '17.2' });
    database.state.objects.set('public.y', 'table').set('public.z', 'table');
    const message = /drifted from that of 1\.0\.0 in 2 objects.* server was 17\.2 then and is 18\.0/;
    expect(await diagnoseOnly('schema', database, null)).toMatchObject([
      matching({ state: 'fault', message, remedy: /squizzle drift/ }),
    ]);
    database.state.kept = null;
    expect((await diagnoseOnly('schema', database, null))[0]?.message).toMatch(
      /drifted from that of 1\.0\.0, recorded/,
    );
  });

  it('can be recorded where it was not, and only there', async () => {
    const database = await createRecorded({});
    expect(await diagnoseOnly('schema', database, null)).toMatchObject([{ state: 'ok', repair: null }]);
    const entry = ledgerEntry({ version: version('1.1.0') });
    database.state.events.push(sealEntry(entry, database.state.events.at(-1) ?? null));
    expect(await diagnoseOnly('schema', database, null)).toMatchObject([
      { state: 'note', repair: { kind: 'record-schema' } },
    ]);
  });
});

async function createRecorded(details: LedgerEvent['details']): Promise<MemoryDatabase> {
  const database = createMemoryDatabase();
  database.state.initialized = true;
  const snapshot = await database.connect().snapshotSchema();
  const digest = schemaDigest(snapshot);
  database.state.kept = { digest, snapshot };
  database.state.events.push(...sealedLedger({ schemaDigest: digest, details }));
  return database;
}

describe('the catalog', () => {
  const index: InvalidIndex = {
    index: 'public.x',
    table: 'public.t',
    isRemnant: false,
    isBeingBuilt: false,
    isUnique: false,
  };
  it.each<{ why: string; found: Partial<InvalidIndex>; state: string; repair: unknown; message: RegExp }>([
    {
      why: 'is being built',
      found: { isBeingBuilt: true, isRemnant: true },
      state: 'note',
      repair: null,
      message: /being built/,
    },
    {
      why: 'was left by a REINDEX',
      found: { isRemnant: true },
      state: 'fault',
      repair: { kind: 'drop-index', index: 'public.x' },
      message: /left by a REINDEX/,
    },
    {
      why: 'is invalid',
      found: {},
      state: 'fault',
      repair: { kind: 'rebuild-index', index: 'public.x' },
      message: /serves no query$/,
    },
    {
      why: 'is invalid and unique',
      found: { isUnique: true },
      state: 'fault',
      repair: { kind: 'rebuild-index', index: 'public.x' },
      message: /unique is not certain$/,
    },
  ])('has an index that $why', async ({ found, state, repair, message }) => {
    const database = await withExamination({ invalidIndexes: [{ ...index, ...found }] });
    const told = await diagnoseOnly('indexes', database);
    expect(told).toMatchObject([matching({ state, message, repair })]);
    expect(told[0]?.remedy ?? null).toEqual(
      repair === null ? null : expect.stringContaining('INDEX CONCURRENTLY public.x'),
    );
  });

  it('has a partition that is half detached, which only people finish', async () => {
    const database = await withExamination({ pendingDetaches: [{ table: 'public.t', partition: 'public.t1' }] });
    const remedy = /ALTER TABLE public\.t DETACH PARTITION public\.t1 FINALIZE/;
    expect(await diagnoseOnly('detaches', database)).toMatchObject([
      matching({ state: 'fault', repair: null, remedy }),
    ]);
  });
});

describe('what cannot be read', () => {
  type Broken = Partial<DatabaseDriver & DatabaseInspector>;
  const invalid = failure('LEDGER_INVALID', { reason: 'row 2' });
  it.each<{ what: string; broken: Broken; fault: FindingCheck; notes: readonly FindingCheck[] }>([
    {
      what: 'the ledger',
      broken: { readHistory: () => Promise.reject(invalid) },
      fault: 'chain',
      notes: ['steps', 'releases', 'unfinished', 'schema'],
    },
    {
      what: 'the catalog',
      broken: { examine: () => Promise.reject(invalid) },
      fault: 'ledger',
      notes: ['system-version', 'ledger-guard', 'steps', 'indexes', 'detaches', 'sessions'],
    },
    {
      what: 'the kept snapshot',
      broken: { snapshotSchema: () => Promise.reject(invalid) },
      fault: 'schema',
      notes: [],
    },
    {
      what: 'the facts of the server',
      broken: { serverFacts: failsOnce() },
      fault: 'server',
      notes: [],
    },
  ])('is one fault, and the other checks go on: $what', async ({ broken, fault, notes }) => {
    const driver = { ...(await createApplied()).connect(), ...broken };
    const findings = await diagnoseDatabase(driver, { artifact: DIAGNOSED });
    expect(findings.map(({ check }) => check)).toEqual(CHECKS);
    const faults = findings.filter(({ state }) => state === 'fault').map(({ check }) => check);
    expect(faults).toEqual([fault]);
    const unseen = findings.filter(({ message }) => message.startsWith('not looked at')).map(({ check }) => check);
    expect(unseen).toEqual(notes);
  });

  it.each([
    failure('DATABASE_UNREACHABLE', { database: 'x' }),
    failure('DATABASE_DENIED', { database: 'x', sqlState: '28P01' }),
    failure('CANCELLED', { during: 'reading' }),
    new TypeError('a fault of ours'),
  ])('passes through where no diagnosis can help: %s', async (thrown) => {
    const driver = { ...(await createApplied()).connect(), examine: () => Promise.reject(thrown) };
    await expect(diagnoseDatabase(driver, { artifact: DIAGNOSED })).rejects.toBe(thrown);
  });
});

/** As a connection does that was lost, and is made again. */
function failsOnce(): DatabaseDriver['serverFacts'] {
  let left = 1;
  return async () => {
    if (left-- > 0) throw failure('CONNECTION_LOST', { database: 'x' });
    return MEMORY_FACTS;
  };
}

function failure<C extends ErrorCode>(code: C, details: ErrorDetails[C]): SquizzleError<C> {
  return new SquizzleError(code, code, details);
}
