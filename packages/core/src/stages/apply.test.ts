import { describe, expect, it } from 'vitest';
import { findBrokenEvent } from '../model/ledger-event.ts';
import { appliedReleases, unfinishedRelease } from '../model/history.ts';
import type { VerifiedArtifact } from '../model/artifact.ts';
import type { MemoryDatabase } from '../testing/memory-database.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { verifiedChain, version } from '../testing/shop.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { applyPlan, type ApplyOptions } from './apply.ts';
import type { MigrationEvent } from './migration-event.ts';
import { planMigration, type PlanOptions } from './plan.ts';
import { planRollback } from './rollback.ts';

const options: ApplyOptions = { actor: 'anna', client: 'test', retry: { attempts: 3, totalMs: 5_000 } };
const table = (name: string): string => `CREATE TABLE ${name} (i int);`;

async function migrate(
  artifact: VerifiedArtifact,
  database: MemoryDatabase,
  more: Partial<ApplyOptions & PlanOptions> = {},
) {
  const driver = database.connect();
  const plan = planMigration(artifact, await driver.readHistory(), { environment: 'development', ...more });
  return applyPlan(plan, driver, { ...options, ...more });
}

async function rollBack(artifact: VerifiedArtifact, database: MemoryDatabase, target: string | null) {
  const driver = database.connect();
  const plan = planRollback(artifact, await driver.readHistory(), target === null ? null : version(target), {
    environment: 'development',
  });
  return applyPlan(plan, driver, options);
}

const TWO = {
  '1.0.0': { 'migrations/1.sql': table('a'), 'migrations/1.down.sql': 'DROP TABLE a;' },
  '1.1.0': { 'migrations/2.sql': table('b'), 'migrations/2.down.sql': 'DROP TABLE b;' },
};

/** Needs three segments: a transaction, the index alone, a transaction. */
const SEGMENTED = {
  '1.0.0': {
    'migrations/1.sql': `${table('a')}\nCREATE INDEX CONCURRENTLY x ON a (i);\n${table('b')}\n`,
    'migrations/1.down.sql': 'DROP TABLE b;\nDROP INDEX CONCURRENTLY x;\nDROP TABLE a;\n',
  },
};

describe('applyPlan', () => {
  it('applies every pending release once, with a ledger that is whole', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    expect(await migrate(artifact, database)).toMatchObject([{ version: '1.0.0' }, { version: '1.1.0' }]);
    expect(await migrate(artifact, database), 'a second run has nothing to do').toEqual([]);
    expect([...database.state.objects.keys()]).toEqual(['public.a', 'public.b']);
    expect(database.state.events.map(({ event }) => event)).toEqual(['applied', 'applied']);
    expect(findBrokenEvent(database.state.events)).toBeUndefined();
    expect(database.state.events[1]).toMatchObject({
      actor: 'anna',
      client: 'test',
      environment: 'development',
      artifactDigest: artifact.root.digest,
    });
  });

  it('takes no lock and creates no ledger when there is nothing to do', async () => {
    const artifact = await verifiedChain(TWO);
    const database = createMemoryDatabase();
    await migrate(artifact, database);
    const plan = planMigration(artifact, await database.connect().readHistory(), { environment: 'x' });
    const driver = { ...database.connect(), withLock: () => Promise.reject(new TypeError('locked')) };
    expect(await applyPlan(plan, driver, options)).toEqual([]);
  });

  it('keeps nothing of a release that fails, and all of those before it', async () => {
    const artifact = await verifiedChain({
      ...TWO,
      '1.2.0': { 'migrations/3.sql': `${table('c')}\n`, 'migrations/4.sql': `${table('d')}\nFAIL 23505;\n` },
    });
    const database = createMemoryDatabase();
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({
      code: 'STEP_FAILED',
      details: { version: '1.2.0', path: 'migrations/4.sql', sqlState: '23505' },
    });
    expect((failure as Error).message).toContain('nothing of 1.2.0 was kept; the database is at 1.1.0');
    expect([...database.state.objects.keys()]).toEqual(['public.a', 'public.b']);
    const { events } = database.state;
    expect(events.map(({ event, version: text }) => `${event} ${text}`)).toEqual([
      'applied 1.0.0',
      'applied 1.1.0',
      'failed 1.2.0',
    ]);
    expect(events[2]?.details).toMatchObject({ code: 'STEP_FAILED', path: 'migrations/4.sql', sqlState: '23505' });
    expect(findBrokenEvent(events)).toBeUndefined();
  });

  it.each([
    {
      sql: 'CREATE TABLE a (i int);\n\nCRAETE TABLE é (i int);\n',
      line: 3,
      column: 1,
      caret: 'CRAETE TABLE é (i int);\n^',
      why: 'position from the server',
    },
    {
      sql: '-- é😀\nSELECT 1;\n\tCRAETE x;',
      line: 3,
      column: 2,
      caret: ' CRAETE x;\n ^',
      why: 'multibyte text and tabs before it',
    },
  ])('points at $line:$column: $why', async ({ sql, line, column, caret }) => {
    const artifact = await verifiedChain({ '1.0.0': { 'migrations/1.sql': sql } });
    const failure = await migrate(artifact, createMemoryDatabase()).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'STEP_FAILED', details: { line, column, excerpt: caret } });
    expect((failure as Error).message).toMatch(new RegExp(`^migrations/1\\.sql:${line}:${column}: .*SQLSTATE 42601`));
  });

  it('asks the locator for the statement when the server gives no position', async () => {
    const artifact = await verifiedChain({ '1.0.0': { 'migrations/1.sql': `${table('a')}\nFAIL 23502;\n` } });
    const locate = async (sql: Uint8Array, index: number) => ({
      start: index === 1 ? Buffer.from(sql).indexOf('FAIL') : 0,
    });
    const failure = await migrate(artifact, createMemoryDatabase(), { locate }).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ details: { line: 2, column: 1 } });
  });

  it('refuses a plan made for another state, and the next plan goes through', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    const driver = database.connect();
    const plan = planMigration(artifact, await driver.readHistory(), { environment: 'development' });
    await migrate(artifact, database);
    await expect(applyPlan(plan, driver, options)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(appliedReleases(await driver.readHistory())).toHaveLength(2);
  });

  it.each([
    { requires: { postgres: '>=19', extensions: [] }, why: 'the server is too old' },
    { requires: { postgres: null, extensions: ['postgis'] }, why: 'an extension is not there' },
  ])('runs nothing when $why', async ({ requires }) => {
    const artifact = await verifiedChain(TWO);
    const demanding = {
      ...artifact,
      releases: artifact.releases.map((release) => ({ ...release, requires })),
    } as VerifiedArtifact;
    const database = createMemoryDatabase();
    await expect(migrate(demanding, database)).rejects.toMatchObject({ code: 'REQUIREMENT_UNMET' });
    expect(database.state.executed).toEqual([]);
  });

  it.each(['55P03', '40P01', '40001'])('tries a release again after %s, from its beginning', async (sqlState) => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    let faults = 2;
    database.beforeStatement = (statement) => {
      if (statement.startsWith('CREATE TABLE b') && faults-- > 0) throw statementFailed(sqlState);
    };
    const events: MigrationEvent[] = [];
    await migrate(artifact, database, { onEvent: (event) => events.push(event) });
    expect(events.filter(({ type }) => type === 'retrying')).toMatchObject([
      { attempt: 1, sqlState },
      { attempt: 2, sqlState },
    ]);
    expect(database.state.events.map(({ event }) => event)).toEqual(['applied', 'applied']);
  });

  it('gives up after as many tries as it was given', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    let tries = 0;
    database.beforeStatement = () => {
      tries++;
      throw statementFailed('55P03');
    };
    await expect(migrate(artifact, database)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      details: { sqlState: '55P03' },
    });
    expect(tries).toBe(3);
  });

  it('stops between two tries when the signal is aborted', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    const abort = new AbortController();
    database.beforeStatement = () => {
      throw statementFailed('55P03');
    };
    const onEvent = ({ type }: MigrationEvent): void => {
      if (type === 'retrying') abort.abort();
    };
    await expect(migrate(artifact, database, { onEvent, signal: abort.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect([...database.state.objects.keys()]).toEqual([]);
  });

  it('rolls back newest first and can apply again', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    await migrate(artifact, database);
    expect(await rollBack(artifact, database, '1.0.0')).toMatchObject([{ version: '1.1.0', direction: 'down' }]);
    expect(await rollBack(artifact, database, null)).toMatchObject([{ version: '1.0.0' }]);
    expect([...database.state.objects.keys()]).toEqual([]);
    expect(await migrate(artifact, database)).toHaveLength(2);
    expect(database.state.events.map(({ event }) => event)).toEqual([
      'applied',
      'applied',
      'reverted',
      'reverted',
      'applied',
      'applied',
    ]);
  });

  it('records a release of which no step runs in this environment', async () => {
    const artifact = await verifiedChain({ '1.0.0': { 'seeds/production/p.sql': 'INSERT INTO a VALUES (1);' } });
    const database = createMemoryDatabase();
    expect(await migrate(artifact, database)).toMatchObject([{ version: '1.0.0', steps: 0 }]);
    expect(database.state.executed).toEqual([]);
  });

  it('records a release that changes nothing', async () => {
    const [artifact, database] = [await verifiedChain({ ...TWO, '1.2.0': {}, '1.3.0': {} }), createMemoryDatabase()];
    expect(await migrate(artifact, database)).toMatchObject([
      {},
      {},
      { version: '1.2.0', steps: 0 },
      { version: '1.3.0' },
    ]);
    expect(await rollBack(artifact, database, '1.1.0')).toHaveLength(2);
  });

  it('tells what happens, in order', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    const events: MigrationEvent[] = [];
    await migrate(artifact, database, { onEvent: (event) => events.push(event) });
    expect(events.map(({ type }) => type)).toEqual([
      'release-started',
      'segment-finished',
      'segment-finished',
      'segment-finished',
      'release-finished',
    ]);
  });
});

describe('a release of several segments', () => {
  it('is journaled, and applied with its last segment', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    await migrate(artifact, database);
    expect(database.state.events.map(({ event }) => event)).toEqual(['started', 'applied']);
    expect(database.state.journal.map(({ segment, state }) => `${segment} ${state}`)).toEqual([
      '0 finished',
      '1 finished',
      '2 finished',
    ]);
    expect([...database.state.objects.keys()].sort()).toEqual(['public.a', 'public.b', 'public.x']);
    await rollBack(artifact, database, null);
    expect([...database.state.objects.keys()]).toEqual([]);
  });

  it.each([
    { stop: 'CREATE TABLE a', kept: [], why: 'in the first segment' },
    { stop: 'CREATE INDEX CONCURRENTLY', kept: ['public.a'], why: 'before the statement alone' },
    { stop: 'CREATE TABLE b', kept: ['public.a', 'public.x'], why: 'in the last segment' },
  ])('goes on where it was killed $why', async ({ stop, kept }) => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    killAt(database, stop);
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    expect([...database.state.objects.keys()]).toEqual(kept);
    expect(appliedReleases(await database.connect().readHistory())).toEqual([]);
    delete database.beforeStatement;
    expect(await migrate(artifact, database)).toMatchObject([{ version: '1.0.0' }]);
    expect([...database.state.objects.keys()].sort()).toEqual(['public.a', 'public.b', 'public.x']);
    expect(database.state.executed.filter((text) => text.startsWith('CREATE TABLE a'))).toHaveLength(1);
    expect(findBrokenEvent(database.state.events)).toBeUndefined();
  });

  it('builds an index again that was left invalid', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    database.beforeStatement = (statement) => {
      if (!statement.startsWith('CREATE INDEX')) return;
      database.state.objects.set('public.x', 'invalid-index');
      throw new RangeError('killed');
    };
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    await migrate(artifact, database);
    expect(database.state.objects.get('public.x')).toBe('index');
  });

  it('does not run a statement again that had its effect before the crash', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    database.beforeStatement = (statement) => {
      if (!statement.startsWith('CREATE INDEX')) return;
      database.state.objects.set('public.x', 'index');
      throw new RangeError('killed');
    };
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    await migrate(artifact, database);
    expect(database.state.executed.some((text) => text.startsWith('CREATE INDEX'))).toBe(false);
    expect(database.state.events.map(({ event }) => event)).toEqual(['started', 'applied']);
  });

  it('catches IF NOT EXISTS over an invalid index', async () => {
    const artifact = await verifiedChain({
      '1.0.0': { 'migrations/1.sql': `${table('a')}\nCREATE INDEX CONCURRENTLY IF NOT EXISTS x ON a (i);\n` },
    });
    const database = createMemoryDatabase();
    database.state.objects.set('public.x', 'invalid-index');
    await expect(migrate(artifact, database)).rejects.toMatchObject({
      code: 'INDEX_INVALID',
      details: { index: 'x', table: 'a' },
    });
    expect(appliedReleases(await database.connect().readHistory())).toEqual([]);
  });

  it.each([
    {
      interrupted: undefined,
      code: 'STATEMENT_INTERRUPTED',
      calls: 0,
      why: 'it cannot be known, so a person must say',
    },
    { interrupted: 'run-again', code: null, calls: 1, why: 'a person said to run it' },
    { interrupted: 'skip', code: null, calls: 0, why: 'a person saw that it was done' },
  ] as const)(
    'with interrupted=$interrupted after a crash in CALL gives $code: $why',
    async ({ interrupted, code, calls }) => {
      const artifact = await verifiedChain({ '1.0.0': { 'migrations/1.sql': `${table('a')}\nCALL rebuild();\n` } });
      const database = createMemoryDatabase();
      killAt(database, 'CALL');
      await expect(migrate(artifact, database)).rejects.toThrow('killed');
      delete database.beforeStatement;
      const again = migrate(artifact, database, { interrupted });
      if (code === null) await again;
      else
        await expect(again).rejects.toMatchObject({ code, details: { path: 'migrations/1.sql', line: 2, column: 1 } });
      expect(database.state.executed.filter((text) => text.startsWith('CALL'))).toHaveLength(calls);
    },
  );

  it('refuses to go on with other text than was journaled', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    killAt(database, 'CREATE TABLE b');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    database.state.journal = database.state.journal.map((entry) => ({ ...entry, checksum: '0'.repeat(64) }));
    await expect(migrate(artifact, database)).rejects.toMatchObject({ code: 'LEDGER_INVALID' });
  });

  it('says what is kept when a statement fails, and resumes after the cause is mended', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    database.state.objects.set('public.b', 'table');
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'STEP_FAILED', details: { line: 3 } });
    expect((failure as Error).message).toContain('1.0.0 is unfinished: 2 of its 3 segments are kept and journaled');
    expect(unfinishedRelease(await database.connect().readHistory())).toMatchObject({ direction: 'up' });
    database.state.objects.delete('public.b');
    await migrate(artifact, database);
    expect(database.state.events.map(({ event }) => event)).toEqual(['started', 'failed', 'applied']);
  });

  it('resumes an interrupted rollback, and refuses to apply before that', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    await migrate(artifact, database);
    killAt(database, 'DROP TABLE a');
    await expect(rollBack(artifact, database, null)).rejects.toThrow('killed');
    delete database.beforeStatement;
    await expect(migrate(artifact, database)).rejects.toMatchObject({ code: 'RELEASE_UNFINISHED' });
    await rollBack(artifact, database, null);
    expect([...database.state.objects.keys()]).toEqual([]);
    expect(appliedReleases(await database.connect().readHistory())).toEqual([]);
  });
});

describe('the journal and the catalog together', () => {
  it('never take as done what the server refused because it was there already', async () => {
    const artifact = await verifiedChain({
      '1.0.0': { 'migrations/1.sql': `${table('a')}\nCREATE INDEX CONCURRENTLY x ON a (i);\n` },
    });
    const database = createMemoryDatabase();
    database.state.objects.set('public.x', 'index');
    for (const _ of ['first', 'second', 'third']) {
      await expect(migrate(artifact, database)).rejects.toMatchObject({
        code: 'STEP_FAILED',
        details: { sqlState: '42P07' },
      });
    }
    expect(appliedReleases(await database.connect().readHistory())).toEqual([]);
  });

  it('are read under the lock: a run that waited does not repeat what another has finished meanwhile', async () => {
    const artifact = await verifiedChain({
      '1.0.0': { 'migrations/1.sql': `${table('a')}\nVACUUM a;\nINSERT INTO a VALUES (42);\nVACUUM a;\nSELECT 1;\n` },
    });
    const database = createMemoryDatabase();
    killAt(database, 'VACUUM');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    const driver = database.connect();
    const early = planMigration(artifact, await driver.readHistory(), { environment: 'development' });
    killAt(database, 'SELECT 1');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    await applyPlan(early, driver, options);
    expect(database.state.executed.filter((text) => text.startsWith('INSERT'))).toHaveLength(1);
  });

  it.each(['skip', 'run-again', undefined] as const)(
    'do not mistake a try of this run for an interrupted one, with interrupted=%s',
    async (interrupted) => {
      const artifact = await verifiedChain({ '1.0.0': { 'migrations/1.sql': `${table('a')}\nCALL rebuild();\n` } });
      const database = createMemoryDatabase();
      let calls = 0;
      database.beforeStatement = (statement) => {
        if (!statement.startsWith('CALL')) return;
        calls++;
        throw statementFailed('55P03');
      };
      await expect(migrate(artifact, database, { interrupted })).rejects.toMatchObject({
        code: 'STEP_FAILED',
        details: { sqlState: '55P03' },
      });
      expect(calls).toBe(1);
    },
  );

  it('try an index again after a lost race, from nothing', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    let faults = 2;
    database.beforeStatement = (statement) => {
      if (!statement.startsWith('CREATE INDEX') || faults-- <= 0) return;
      database.state.objects.set('public.x', 'invalid-index');
      throw statementFailed('40P01');
    };
    await migrate(artifact, database);
    expect(database.state.objects.get('public.x')).toBe('index');
  });

  it('let a person pass over the place where a run stopped, and say so', async () => {
    const artifact = await verifiedChain({
      '1.0.0': { 'migrations/1.sql': `${table('a')}\nVACUUM a;\nFAIL 42703;\nVACUUM a;\n${table('b')}\n` },
    });
    const database = createMemoryDatabase();
    await expect(migrate(artifact, database, { interrupted: 'skip' }), 'not before it was tried').rejects.toMatchObject(
      { code: 'STEP_FAILED' },
    );
    await migrate(artifact, database, { interrupted: 'skip' });
    expect(database.state.events.at(-1)).toMatchObject({
      event: 'applied',
      details: { skipped: ['migrations/1.sql:3'] },
    });
    expect([...database.state.objects.keys()]).toEqual(['public.a', 'public.b']);
  });

  it('have a record of a run that was stopped on request', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    const abort = new AbortController();
    database.beforeStatement = (statement) => {
      if (statement.startsWith('CREATE TABLE b')) abort.abort();
    };
    await expect(migrate(artifact, database, { signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(database.state.events.map(({ event, version: text }) => `${event} ${text}`)).toEqual([
      'applied 1.0.0',
      'failed 1.1.0',
    ]);
  });
});

function killAt(database: MemoryDatabase, beginning: string): void {
  database.beforeStatement = (statement) => {
    if (statement.startsWith(beginning)) throw new RangeError('killed');
  };
}

function statementFailed(sqlState: string): SquizzleError<'STATEMENT_FAILED'> {
  const details = { sqlState, index: 0, offset: null, completed: 0, detail: null, hint: null, context: null };
  return new SquizzleError('STATEMENT_FAILED', 'canceling statement due to lock timeout', details);
}
