import { describe, expect, it } from 'vitest';
import { appliedReleases, unfinishedRelease } from '../../model/history.ts';
import { findBrokenEvent } from '../../model/ledger-event.ts';
import { createMemoryDatabase } from '../../testing/memory-driver.ts';
import { verifiedChain } from '../../testing/shop.ts';
import { applyPlan } from '../apply.ts';
import { diagnoseDatabase } from '../diagnose.ts';
import type { MigrationEvent } from '../migration-event.ts';
import { planMigration } from '../plan.ts';
import {
  SEGMENTED,
  TWO,
  eventsOf,
  killAt,
  migrate,
  options,
  rollBack,
  statementFailed,
  table,
  withFiles,
} from '../../testing/apply-fixture.ts';

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

  const STOPPING = { '1.0.0': { 'migrations/1.sql': `${table('a')}\nCALL one();\n${table('b')}\nVACUUM a;\n` } };

  it('let a person take a statement alone as done, and keep that, though the run fails once more', async () => {
    const [artifact, database] = [await verifiedChain(STOPPING), createMemoryDatabase()];
    killAt(database, 'CALL');
    await expect(migrate(artifact, database, { interrupted: 'skip' }), 'not before it was tried').rejects.toThrow(
      'killed',
    );
    killAt(database, 'CREATE TABLE b');
    await expect(migrate(artifact, database, { interrupted: 'skip' })).rejects.toThrow('killed');
    expect(database.state.journal.map(({ state }) => state)).toEqual(['finished', 'skipped']);
    delete database.beforeStatement;
    await migrate(artifact, database);
    expect(database.state.events.at(-1)).toMatchObject({
      event: 'applied',
      details: { skipped: ['migrations/1.sql:2'] },
    });
    expect(database.state.executed.filter((text) => text.startsWith('CALL'))).toEqual([]);
    expect([...database.state.objects.keys()]).toEqual(['public.a', 'public.b']);
  });

  it('run a transaction again that kept nothing, whatever a person says of it', async () => {
    const [artifact, database] = [await verifiedChain(STOPPING), createMemoryDatabase()];
    database.state.objects.set('public.b', 'table');
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect((failure as Error).message).toContain('2 of its 4 segments are kept and journaled');
    expect((failure as Error).message).not.toContain('skip');
    await expect(migrate(artifact, database, { interrupted: 'skip' })).rejects.toMatchObject({ code: 'STEP_FAILED' });
    database.state.objects.delete('public.b');
    await migrate(artifact, database, { interrupted: 'skip' });
    expect(database.state.executed.filter((text) => text.startsWith('CREATE TABLE b'))).toHaveLength(1);
    expect(database.state.events.at(-1)?.details).not.toHaveProperty('skipped');
  });

  it.each([
    { statement: 'CALL one()', says: /how far it came.*'--interrupted run-again'/, why: 'nobody can see what it did' },
    { statement: 'VACUUM a', says: /it goes on from here \('--interrupted skip' takes/, why: 'it can run again' },
  ])('promise to go on from $statement only where that is so: $why', async ({ statement, says }) => {
    const text = `${table('a')}\n${statement};\n`;
    const [artifact, database] = [
      await verifiedChain({ '1.0.0': { 'migrations/1.sql': text } }),
      createMemoryDatabase(),
    ];
    database.beforeStatement = (each) => {
      if (each === statement) throw statementFailed('42501');
    };
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect((failure as Error).message).toMatch(says);
  });

  it('tell only of segments that this run finished', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    killAt(database, 'CREATE TABLE b');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    const told: MigrationEvent[] = [];
    await migrate(artifact, database, { onEvent: (event) => told.push(event) });
    expect(told.filter(({ type }) => type === 'segment-finished')).toMatchObject([{ segment: 3, segments: 3 }]);
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

describe('a run that kept nothing', () => {
  const CHECKED = {
    'migrations/1.sql': `${table('a')}\nVACUUM a;\n`,
    'migrations/1.down.sql': 'DROP TABLE a;\nVACUUM;\n',
  };
  const FALSE = [{ sql: 'SELECT false', line: 1 }];

  it('is replaced by another release, and the ledger stays sound', async () => {
    const refused = withFiles(await verifiedChain({ '1.0.0': CHECKED }), { 'migrations/1.sql': { checks: FALSE } });
    const database = createMemoryDatabase();
    await expect(migrate(refused, database)).rejects.toMatchObject({ code: 'CHECK_FAILED' });
    const other = await verifiedChain({ '1.0.1': { 'migrations/1.sql': table('a') } });
    expect(await migrate(other, database)).toMatchObject([{ version: '1.0.1' }]);
    expect(eventsOf(database)).toEqual(['started 1.0.0', 'failed 1.0.0', 'started 1.0.1', 'applied 1.0.1']);
    const findings = await diagnoseDatabase(database.connect(), { artifact: other });
    expect(findings.filter(({ state }) => state === 'fault')).toEqual([]);
  });

  it('of the same release is begun anew in one transaction, and its journal is not missed', async () => {
    const artifact = await verifiedChain({
      '1.0.0': { 'migrations/1.sql': table('a'), 'migrations/2.sql': table('b') },
    });
    const database = createMemoryDatabase();
    killAt(database, 'CREATE TABLE a');
    await expect(migrate(artifact, database, { transaction: 'step' })).rejects.toThrow('killed');
    delete database.beforeStatement;
    await migrate(artifact, database, { transaction: 'release' });
    expect(eventsOf(database)).toEqual(['started 1.0.0', 'started 1.0.0', 'applied 1.0.0']);
    const findings = await diagnoseDatabase(database.connect(), { artifact });
    expect(findings.filter(({ state }) => state === 'fault')).toEqual([]);
  });

  it('on the way back leaves both ways open', async () => {
    const plain = await verifiedChain({ '1.0.0': CHECKED, '1.1.0': { 'migrations/2.sql': table('b') } });
    const artifact = withFiles(plain, { 'rollback/migrations/1.sql': { checks: FALSE } });
    const first = await verifiedChain({ '1.0.0': CHECKED });
    const database = createMemoryDatabase();
    await migrate(first, database);
    const guarded = withFiles(first, { 'rollback/migrations/1.sql': { checks: FALSE } });
    await expect(rollBack(guarded, database, null)).rejects.toMatchObject({ code: 'CHECK_FAILED' });
    expect(await migrate(artifact, database)).toMatchObject([{ version: '1.1.0' }]);
  });

  it('is not passed over when it turns out to be half done under the lock', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    killAt(database, 'CREATE TABLE a');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    const driver = database.connect();
    const other = await verifiedChain({ '1.0.1': { 'migrations/1.sql': table('z') } });
    const early = planMigration(other, await driver.readHistory(), { environment: 'development' });
    killAt(database, 'CREATE TABLE b');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    await expect(applyPlan(early, driver, options)).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect(database.state.objects.has('public.z')).toBe(false);
    expect(eventsOf(database)).toEqual(['started 1.0.0']);
  });
});
