import { describe, expect, it } from 'vitest';
import type { VerifiedArtifact } from '../../model/artifact.ts';
import type { ScriptFile } from '../../model/release-manifest.ts';
import {
  eventsOf,
  killAt,
  migrate,
  rollBack,
  statementFailed,
  table,
  watchStatements,
  withFiles,
} from '../../testing/apply-fixture.ts';
import { createMemoryDatabase } from '../../testing/memory-driver.ts';
import { verifiedChain } from '../../testing/shop.ts';
import type { MigrationEvent } from '../migration-event.ts';

const TRUE = { sql: 'SELECT true', line: 1 };
const FALSE = { sql: 'SELECT\n  false', line: 3 };
const THERE = { sql: "SELECT to_regclass('public.a') IS NOT NULL", line: 1 };
const GONE = { sql: "SELECT to_regclass('public.a') IS NULL", line: 2 };

async function chain(
  texts: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, Partial<ScriptFile>>>,
): Promise<VerifiedArtifact> {
  return withFiles(await verifiedChain({ '1.0.0': texts }), changes);
}

const LONE = `CREATE INDEX CONCURRENTLY x ON a (i);\n`;

describe('checks and verifies', () => {
  it('are asked directly before and after their file, in its transaction', async () => {
    const texts = { 'migrations/1.sql': table('a'), 'migrations/2.sql': table('b'), 'migrations/3.sql': table('c') };
    const artifact = await chain(texts, { 'migrations/2.sql': { checks: [TRUE, THERE], verifies: [THERE] } });
    const database = createMemoryDatabase();
    const seen = watchStatements(database);
    await migrate(artifact, database);
    expect(seen).toEqual([
      'CREATE TABLE a (i int)',
      TRUE.sql,
      THERE.sql,
      'CREATE TABLE b (i int)',
      THERE.sql,
      'CREATE TABLE c (i int)',
    ]);
    expect(eventsOf(database)).toEqual(['applied 1.0.0']);
  });

  it.each([
    { change: { checks: [TRUE, FALSE] }, when: 'before', why: 'a check' },
    { change: { verifies: [FALSE] }, when: 'after', why: 'a verify' },
  ] as const)('that do not hold leave nothing of the release: $why', async ({ change, when }) => {
    const texts = { 'migrations/1.sql': table('a'), 'migrations/2.sql': table('b') };
    const artifact = await chain(texts, { 'migrations/2.sql': change });
    const database = createMemoryDatabase();
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    const state = 'nothing of 1.0.0 was kept; the database is empty, as before the first release';
    expect(failure).toMatchObject({
      code: 'CHECK_FAILED',
      details: {
        version: '1.0.0',
        path: 'migrations/2.sql',
        line: 3,
        when,
        query: 'SELECT false',
        found: 'false',
        state,
      },
    });
    expect((failure as Error).message.split('\n').slice(0, 4)).toEqual([
      `migrations/2.sql:3: what must be true ${when === 'before' ? 'before it runs' : 'after it ran'} is not`,
      'SELECT false',
      'found: false',
      state,
    ]);
    expect(database.state.executed).toEqual([]);
    expect(database.state.events).toMatchObject([
      { event: 'failed', details: { code: 'CHECK_FAILED', path: 'migrations/2.sql', line: 3, when } },
    ]);
  });

  it('are not tried again when they do not hold', async () => {
    const artifact = await chain({ 'migrations/1.sql': table('a') }, { 'migrations/1.sql': { checks: [FALSE] } });
    const database = createMemoryDatabase();
    const seen = watchStatements(database);
    await expect(migrate(artifact, database)).rejects.toMatchObject({ code: 'CHECK_FAILED' });
    expect(seen).toEqual([FALSE.sql]);
  });

  it('show a query that is long in part', async () => {
    const sql = `SELECT false, ${'1, '.repeat(200)}2`;
    const artifact = await chain(
      { 'migrations/1.sql': table('a') },
      { 'migrations/1.sql': { checks: [{ sql, line: 1 }] } },
    );
    const failure = await migrate(artifact, createMemoryDatabase()).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ details: { query: `${sql.slice(0, 199)}…` } });
  });

  it('that the server refuses are a failed statement at the line of the check', async () => {
    const checks = [{ sql: 'SELECT 1/0', line: 7 }];
    const texts = { 'migrations/1.sql': table('a'), 'migrations/2.sql': table('b') };
    const artifact = await chain(texts, { 'migrations/2.sql': { checks } });
    const failure = await migrate(artifact, createMemoryDatabase()).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({
      code: 'STEP_FAILED',
      details: { path: 'migrations/2.sql', line: 7, sqlState: '22012', excerpt: 'SELECT 1/0' },
    });
    expect((failure as Error).message).toMatch(/^migrations\/2\.sql:7: a check could not be asked: division by zero/);
  });

  it('that lose a race for a lock are tried again with their file', async () => {
    const artifact = await chain({ 'migrations/1.sql': table('a') }, { 'migrations/1.sql': { checks: [TRUE] } });
    const database = createMemoryDatabase();
    const events: MigrationEvent['type'][] = [];
    let faults = 1;
    database.beforeStatement = (statement) => {
      if (statement === TRUE.sql && faults-- > 0) throw statementFailed('55P03');
    };
    await migrate(artifact, database, { onEvent: ({ type }) => events.push(type) });
    expect(events).toContain('retrying');
    expect(eventsOf(database)).toEqual(['applied 1.0.0']);
  });

  it('leave the place of a failing statement right, however the files were sent', async () => {
    const texts = {
      'migrations/1.sql': table('a'),
      'migrations/2.sql': table('b'),
      'migrations/3.sql': 'SELECT 1;\nFAIL 23505;',
    };
    const artifact = await chain(texts, { 'migrations/2.sql': { checks: [TRUE] } });
    await expect(migrate(artifact, createMemoryDatabase())).rejects.toMatchObject({
      code: 'STEP_FAILED',
      details: { path: 'migrations/3.sql' },
    });
  });

  it('guard the way back too', async () => {
    const texts = { 'migrations/1.sql': table('a'), 'migrations/1.down.sql': 'DROP TABLE a;' };
    const artifact = await chain(texts, { 'rollback/migrations/1.sql': { checks: [GONE] } });
    const database = createMemoryDatabase();
    await migrate(artifact, database);
    await expect(rollBack(artifact, database, null)).rejects.toMatchObject({
      code: 'CHECK_FAILED',
      details: { path: 'rollback/migrations/1.sql', state: 'nothing of 1.0.0 was kept; the database is at 1.0.0' },
    });
  });
});

describe('checks and verifies around a statement that runs alone', () => {
  const texts = { 'migrations/1.sql': table('a'), 'migrations/2.sql': LONE };

  it('are asked before it is journaled, and when it is journaled as finished', async () => {
    const artifact = await chain(texts, { 'migrations/2.sql': { checks: [THERE], verifies: [TRUE] } });
    const database = createMemoryDatabase();
    const seen = watchStatements(database);
    await migrate(artifact, database);
    expect(seen).toEqual(['CREATE TABLE a (i int)', THERE.sql, LONE.trim().slice(0, -1), TRUE.sql]);
  });

  it('keep it from running, with nothing journaled of it', async () => {
    const artifact = await chain(texts, { 'migrations/2.sql': { checks: [FALSE] } });
    const database = createMemoryDatabase();
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'CHECK_FAILED' });
    expect((failure as Error).message).toContain('1 of its 2 segments are kept');
    expect(database.state.journal.map(({ segment, state }) => `${segment} ${state}`)).toEqual(['0 finished']);
    expect([...database.state.objects.keys()]).toEqual(['public.a']);
  });

  it('are not asked again before a statement that was begun', async () => {
    const artifact = await chain(texts, { 'migrations/2.sql': { checks: [THERE], verifies: [TRUE] } });
    const database = createMemoryDatabase();
    killAt(database, 'CREATE INDEX');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    const seen = watchStatements(database);
    await migrate(artifact, database);
    expect(seen).toEqual([LONE.trim().slice(0, -1), TRUE.sql]);
  });

  it('say that it stands when a verify does not hold, and ask that again next time, without running it again', async () => {
    const artifact = await chain(texts, { 'migrations/2.sql': { verifies: [GONE] } });
    const database = createMemoryDatabase();
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'CHECK_FAILED', details: { when: 'after' } });
    expect((failure as Error).message).toContain('The statement itself ran and stands');
    database.state.objects.delete('public.a');
    const seen = watchStatements(database);
    await migrate(artifact, database);
    expect(seen).toEqual([GONE.sql]);
    expect(eventsOf(database)).toEqual(['started 1.0.0', 'failed 1.0.0', 'applied 1.0.0']);
  });

  it.each([
    { statement: 'CALL rebuild()', why: 'nobody could see that it ran' },
    { statement: 'VACUUM a', why: 'it would run again for nothing' },
  ])(
    'are all that is left of $statement once it ran, though it is killed at the next step: $why',
    async ({ statement }) => {
      const lone = { ...texts, 'migrations/2.sql': `${statement};\n` };
      const artifact = await chain(lone, { 'migrations/2.sql': { verifies: [GONE] } });
      const database = createMemoryDatabase();
      killAt(database, GONE.sql);
      await expect(migrate(artifact, database)).rejects.toThrow('killed');
      expect(database.state.journal.map(({ state }) => state)).toEqual(['finished', 'ran']);
      delete database.beforeStatement;
      const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
      expect(failure).toMatchObject({ code: 'CHECK_FAILED', details: { when: 'after' } });
      expect((failure as Error).message).toContain('nothing but what must be true after it is asked');
      database.state.objects.delete('public.a');
      await migrate(artifact, database, { interrupted: 'run-again' });
      expect(database.state.executed.filter((text) => text === statement)).toHaveLength(1);
      expect(database.state.journal.map(({ state }) => state)).toEqual(['finished', 'finished']);
    },
  );

  it('are passed over with the place that a person takes as done', async () => {
    const artifact = await chain(texts, { 'migrations/2.sql': { verifies: [GONE] } });
    const database = createMemoryDatabase();
    await expect(migrate(artifact, database)).rejects.toMatchObject({ code: 'CHECK_FAILED' });
    await migrate(artifact, database, { interrupted: 'skip' });
    expect(database.state.events.at(-1)).toMatchObject({
      event: 'applied',
      details: { skipped: ['migrations/2.sql:1'] },
    });
  });

  it('are those of the file: neither is asked in its middle', async () => {
    const sql = `${table('a')}\n${LONE}${table('b')}\n`;
    const artifact = await chain(
      { 'migrations/1.sql': sql },
      { 'migrations/1.sql': { checks: [GONE], verifies: [THERE] } },
    );
    const database = createMemoryDatabase();
    const seen = watchStatements(database);
    await migrate(artifact, database);
    expect(seen.map((text) => text.slice(0, 14))).toEqual([
      'SELECT to_regc',
      'CREATE TABLE a',
      'CREATE INDEX C',
      'CREATE TABLE b',
      'SELECT to_regc',
    ]);
  });
});
