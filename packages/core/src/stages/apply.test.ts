import { describe, expect, it } from 'vitest';
import type { VerifiedArtifact } from '../model/artifact.ts';
import { appliedReleases } from '../model/history.ts';
import { findBrokenEvent } from '../model/ledger-event.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { verifiedChain } from '../testing/shop.ts';
import { applyPlan } from './apply.ts';
import type { MigrationEvent } from './migration-event.ts';
import { planMigration } from './plan.ts';
import { SEGMENTED, TWO, migrate, options, rollBack, statementFailed, table } from '../testing/apply-fixture.ts';

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

  it('says that the ledger was edited, and goes on', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    database.beforeStatement = (statement) => {
      if (statement.startsWith('CREATE TABLE b')) throw statementFailed('23505');
    };
    await expect(migrate(artifact, database)).rejects.toMatchObject({ code: 'STEP_FAILED' });
    delete database.beforeStatement;
    const [first] = database.state.events;
    if (first !== undefined) database.state.events[0] = { ...first, actor: 'someone else' };
    const events: MigrationEvent[] = [];
    expect(await migrate(artifact, database, { onEvent: (event) => events.push(event) })).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'ledger-edited')).toEqual([{ type: 'ledger-edited', seq: 1 }]);
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
