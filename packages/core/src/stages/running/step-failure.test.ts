import { describe, expect, it } from 'vitest';
import type { LockConflict } from '../../contracts/database-driver.ts';
import { migrate, SEGMENTED, statementFailed, table, TWO } from '../../testing/apply-fixture.ts';
import { createMemoryDatabase } from '../../testing/memory-driver.ts';
import { verifiedChain } from '../../testing/shop.ts';
import type { MigrationEvent } from '../migration-event.ts';

const CONFLICT: LockConflict = {
  target: 'public.a',
  mode: 'AccessExclusiveLock',
  waitedMs: 1_240,
  holders: [
    {
      pid: 71,
      applicationName: 'psql',
      state: 'idle in transaction',
      since: '2026-01-02T03:04:05Z',
      command: 'UPDATE',
    },
    { pid: 72, applicationName: '', state: null, since: null, command: null },
  ],
};

async function failWith(sql: string): Promise<Error & { details: Record<string, unknown> }> {
  const artifact = await verifiedChain({ '1.0.0': { 'migrations/1.sql': sql } });
  const failure = await migrate(artifact, createMemoryDatabase(), { retry: { attempts: 1, totalMs: 0 } }).catch(
    (cause: unknown) => cause,
  );
  return failure as Error & { details: Record<string, unknown> };
}

describe('who is in the way', () => {
  it('is told while it lasts, with each try, and when tries are used up, with the SQL to look', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    database.beforeStatement = (statement, server) => {
      if (!statement.startsWith('CREATE TABLE b')) return;
      server.blocked(CONFLICT);
      throw statementFailed('55P03');
    };
    const events: MigrationEvent[] = [];
    const told: LockConflict[] = [];
    const more = {
      onEvent: (event: MigrationEvent) => events.push(event),
      onBlocked: (each: LockConflict) => told.push(each),
    };
    const failure = await migrate(artifact, database, more).catch((cause: unknown) => cause);
    expect(told).toEqual([CONFLICT, CONFLICT, CONFLICT]);
    expect(events.filter(({ type }) => type === 'lock-blocked' || type === 'retrying')).toMatchObject([
      { type: 'lock-blocked', version: '1.1.0', conflict: CONFLICT },
      { type: 'retrying', version: '1.1.0', attempt: 1, conflict: CONFLICT },
      { type: 'lock-blocked' },
      { type: 'retrying', attempt: 2 },
      { type: 'lock-blocked' },
    ]);
    expect(failure).toMatchObject({ code: 'STEP_FAILED', details: { sqlState: '55P03', blockedBy: [71, 72] } });
    const { message } = failure as Error;
    expect(message).toContain(
      'in the way of AccessExclusiveLock on public.a when last seen: ' +
        'pid 71 (psql, idle in transaction, in a transaction since 2026-01-02T03:04:05Z, last UPDATE); pid 72 (unnamed)\n',
    );
    expect(message).toContain(
      'look: SELECT * FROM pg_stat_activity WHERE pid IN (71, 72); to end one: SELECT pg_terminate_backend(71)',
    );
    expect(message).toContain('longer than lock_timeout (3 s), tried 3 times');
  });

  it('is not said of a session that was in the way of an earlier piece of work', async () => {
    const text = `${table('a')}\nCALL one();\n${table('b')}\n`;
    for (const beginning of ['CALL', 'CREATE TABLE b']) {
      const [artifact, database] = [
        await verifiedChain({ '1.0.0': { 'migrations/1.sql': text } }),
        createMemoryDatabase(),
      ];
      database.beforeStatement = (statement, server) => {
        if (statement.startsWith('CREATE TABLE a')) server.blocked(CONFLICT);
        if (statement.startsWith(beginning)) throw statementFailed('55P03');
      };
      const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
      expect(failure).toMatchObject({ code: 'STEP_FAILED', details: { sqlState: '55P03' } });
      expect(failure).not.toHaveProperty('details.blockedBy');
      expect((failure as Error).message).not.toContain('pg_terminate_backend');
    }
  });

  it('is not said of a fault that has nothing to do with locks', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    database.beforeStatement = (statement, server) => {
      server.blocked({ ...CONFLICT, holders: [] });
      if (statement.startsWith('CREATE TABLE b')) throw statementFailed('23505');
    };
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).not.toHaveProperty('details.blockedBy');
    expect((failure as Error).message).not.toContain('in the way');
  });

  it('may be gone when it is looked for', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    database.beforeStatement = (_, server) => {
      server.blocked({ ...CONFLICT, holders: [] });
      throw statementFailed('40P01');
    };
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ details: { blockedBy: [] } });
    expect((failure as Error).message).toContain('on public.a: somebody who was gone when looked for');
  });
});

describe('what to do about a statement that was refused', () => {
  it.each([
    { sqlState: '55P03', advice: 'lock_timeout (3 s), tried once', why: 'who holds the lock must let go' },
    { sqlState: '40P01', advice: 'another order', why: 'deadlock_detected' },
    { sqlState: '40001', advice: 'the same rows', why: 'serialization_failure' },
    {
      sqlState: '57014',
      advice: 'statement_timeout (that of the role, the database or the server)',
      why: 'query_canceled',
    },
    { sqlState: '53100', advice: 'make room', why: 'disk_full' },
    { sqlState: '53200', advice: '--transaction step', why: 'out_of_memory: the lock table as well' },
    { sqlState: '53300', advice: 'too many sessions', why: 'too_many_connections' },
    { sqlState: '25006', advice: 'standby', why: 'read_only_sql_transaction' },
    { sqlState: '25001', advice: 'transaction=off', why: 'active_sql_transaction' },
    { sqlState: '42501', advice: 'lacks the right', why: 'insufficient_privilege' },
    { sqlState: '23505', advice: 'rows that are there do not fit', why: 'unique_violation' },
    { sqlState: '23503', advice: 'rows that are there do not fit', why: 'foreign_key_violation' },
    { sqlState: '0A000', advice: 'this server cannot do that', why: 'feature_not_supported' },
    { sqlState: '42P07', advice: 'squizzle drift', why: 'duplicate_table' },
    { sqlState: '42703', advice: 'by a later file', why: 'undefined_column' },
  ])('is said for $sqlState: $why', async ({ sqlState, advice }) => {
    const { message, details } = await failWith(`SELECT 1;\nFAIL ${sqlState};`);
    expect(details['advice']).toContain(advice);
    expect(message.split('\n').at(-1)).toBe(`advice: ${String(details['advice'])}`);
  });

  it('is nothing where the server has said it all', async () => {
    const { message, details } = await failWith('SELECT 1;\nFAIL 22P02;');
    expect(details).not.toHaveProperty('advice');
    expect(message).not.toContain('advice');
  });

  it.each([
    {
      sql: '-- squizzle: lock_timeout=500ms\nFAIL 55P03;',
      more: {},
      limit: 'lock_timeout (0.5 s)',
      why: 'the limit of the file',
    },
    { sql: 'FAIL 55P03;', more: { lockTimeoutMs: 8_000 }, limit: 'lock_timeout (8 s)', why: 'the limit of the run' },
    {
      sql: 'FAIL 57014;',
      more: { statementTimeoutMs: 90_000 },
      limit: "(90 s, that of '--statement-timeout'",
      why: 'the same',
    },
    {
      sql: 'CREATE INDEX CONCURRENTLY x ON a (i);\nFAIL 55P03;',
      more: { lockTimeoutMs: 1_000 },
      limit: 'lock_timeout (1 s)',
      why: 'the limit of the run again, beside a statement that has another',
    },
  ])('names the limit that held: $why', async ({ sql, more, limit }) => {
    const artifact = await verifiedChain({ '1.0.0': { 'migrations/1.sql': sql } });
    const run = migrate(artifact, createMemoryDatabase(), { ...more, retry: { attempts: 1, totalMs: 0 } });
    await expect(run).rejects.toThrow(limit);
  });
});

it('names the limit of a statement that may wait long', async () => {
  const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
  database.beforeStatement = (statement) => {
    if (statement.startsWith('CREATE INDEX')) throw statementFailed('55P03');
  };
  await expect(migrate(artifact, database)).rejects.toThrow('lock_timeout (600 s), tried 3 times');
});

describe('a fault that no statement of a file has', () => {
  const atCommit = (sqlState: string) => {
    const { details } = statementFailed(sqlState);
    return Object.assign(statementFailed(sqlState), { details: { ...details, index: -1 } });
  };

  it('is one of the COMMIT', async () => {
    const [artifact, database] = [
      await verifiedChain({ '1.0.0': { 'migrations/1.sql': table('a') } }),
      createMemoryDatabase(),
    ];
    database.beforeCommit = ({ executed }) => {
      if (executed.length > 0) throw atCommit('23503');
    };
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'STEP_FAILED', details: { path: 'migrations/1.sql', sqlState: '23503' } });
    expect((failure as Error).message).toMatch(/^1\.0\.0, when the transaction was to be committed: /);
    expect(database.state.events).toMatchObject([{ event: 'failed' }]);
  });

  it.each([
    {
      completed: null,
      state: 'what of 1.0.0 was kept is not known',
      why: 'the driver saw that the transaction was over',
    },
    { completed: 1, state: 'nothing of 1.0.0 was kept', why: 'the server refused to end it' },
  ])('does not claim to know what a text kept that ended the transaction: $why', async ({ completed, state }) => {
    const [artifact, database] = [
      await verifiedChain({ '1.0.0': { 'migrations/1.sql': 'SELECT 1;' } }),
      createMemoryDatabase(),
    ];
    const { details } = statementFailed('2D000');
    database.beforeStatement = () => {
      throw Object.assign(statementFailed('2D000'), { details: { ...details, completed } });
    };
    await expect(migrate(artifact, database)).rejects.toThrow(state);
  });

  it('is one of the journal around a statement that runs alone', async () => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    database.beforeCommit = ({ journal }) => {
      if (journal.some(({ segment, state }) => segment === 1 && state === 'finished')) throw atCommit('53100');
    };
    await expect(migrate(artifact, database)).rejects.toThrow(/^1\.0\.0, around a statement that runs alone/);
  });
});
