import { describe, expect, it } from 'vitest';
import type { Script } from '../../contracts/database-driver.ts';
import { SquizzleError } from '../../errors/squizzle-error.ts';
import { eventsOf, migrate, options, statementFailed, table } from '../../testing/apply-fixture.ts';
import type { MemoryDatabase } from '../../testing/memory-database.ts';
import { createMemoryDatabase } from '../../testing/memory-driver.ts';
import { verifiedChain } from '../../testing/shop.ts';
import { applyPlan } from '../apply.ts';
import { planMigration } from '../plan.ts';

const alone = (statement: string) =>
  verifiedChain({ '1.0.0': { 'migrations/1.sql': `${table('a')}\n${statement};\n` } });
const CREATE = 'CREATE INDEX CONCURRENTLY x ON a (i)';
const DETACH = 'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY';

/** Fails the statement as often as the SQLSTATEs say, after it did what the server would have left. */
function failing(database: MemoryDatabase, beginning: string, sqlStates: readonly string[], leave: () => void): void {
  const left = [...sqlStates];
  database.beforeStatement = (statement) => {
    if (!statement.startsWith(beginning)) return;
    const sqlState = left.shift();
    if (sqlState === undefined) return;
    leave();
    throw statementFailed(sqlState);
  };
}

describe('an index that was built concurrently', () => {
  it('over duplicates leaves nothing behind, is told, and is built anew when they are gone', async () => {
    const [artifact, database] = [await alone('CREATE UNIQUE INDEX CONCURRENTLY x ON a (i)'), createMemoryDatabase()];
    failing(database, 'CREATE UNIQUE', ['23505'], () => database.state.objects.set('public.x', 'invalid-index'));
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'STEP_FAILED', details: { sqlState: '23505', line: 2 } });
    expect(database.state.objects.has('public.x'), 'the invalid index').toBe(false);
    await migrate(artifact, database);
    expect(database.state.objects.get('public.x')).toBe('index');
    expect(eventsOf(database)).toEqual(['started 1.0.0', 'failed 1.0.0', 'applied 1.0.0']);
  });

  it('is told of by its own failure when what it left cannot be cleared away, and the next run clears it', async () => {
    const [artifact, database] = [await alone(CREATE), createMemoryDatabase()];
    database.beforeStatement = (statement) => {
      if (statement.startsWith('DROP INDEX')) throw statementFailed('42501');
      if (statement !== CREATE) return;
      database.state.objects.set('public.x', 'invalid-index');
      throw statementFailed('53100');
    };
    await expect(migrate(artifact, database)).rejects.toMatchObject({ details: { sqlState: '53100' } });
    expect(database.state.objects.get('public.x')).toBe('invalid-index');
    delete database.beforeStatement;
    await migrate(artifact, database);
    expect(database.state.objects.get('public.x')).toBe('index');
  });

  it.each([
    { sql: CREATE, sqlState: '55P03', why: 'it was there before, and a session may be building it' },
    { sql: CREATE, sqlState: '23505', why: 'the same, whatever the fault' },
  ])('by somebody else is not dropped, after $sqlState: $why', async ({ sql, sqlState }) => {
    const [artifact, database] = [await alone(sql), createMemoryDatabase()];
    database.state.objects.set('public.x', 'invalid-index');
    failing(database, 'CREATE INDEX', Array<string>(3).fill(sqlState), () => undefined);
    const seen: string[] = [];
    const { beforeStatement } = database;
    database.beforeStatement = (statement, server) => {
      seen.push(statement);
      return beforeStatement?.(statement, server);
    };
    await expect(migrate(artifact, database)).rejects.toMatchObject({ details: { sqlState } });
    expect(seen.filter((text) => text.startsWith('DROP'))).toEqual([]);
    expect(database.state.objects.get('public.x')).toBe('invalid-index');
    expect(database.state.journal, 'nothing of it is journaled').toHaveLength(1);
  });

  it('by somebody else meanwhile is not taken for ours: neither done nor left over', async () => {
    const [artifact, database] = [await alone(CREATE), createMemoryDatabase()];
    failing(database, 'CREATE INDEX', ['42P07'], () => database.state.objects.set('public.x', 'invalid-index'));
    await expect(migrate(artifact, database)).rejects.toMatchObject({ details: { sqlState: '42P07' } });
    expect(database.state.objects.get('public.x')).toBe('invalid-index');
  });

  it('is not taken as done after a lost race when it was there before', async () => {
    const [artifact, database] = [await alone(CREATE), createMemoryDatabase()];
    database.state.objects.set('public.x', 'index');
    failing(database, 'CREATE INDEX', ['55P03'], () => undefined);
    await expect(migrate(artifact, database)).rejects.toMatchObject({ details: { sqlState: '42P07' } });
  });

  it('with IF NOT EXISTS does not pass over what its own last try left', async () => {
    const [artifact, database] = [
      await alone('CREATE INDEX CONCURRENTLY IF NOT EXISTS x ON a (i)'),
      createMemoryDatabase(),
    ];
    failing(database, 'CREATE INDEX', ['40P01'], () => database.state.objects.set('public.x', 'invalid-index'));
    const seen: string[] = [];
    const { beforeStatement } = database;
    database.beforeStatement = (statement, server) => {
      seen.push(statement.split(' ', 2).join(' '));
      return beforeStatement?.(statement, server);
    };
    await migrate(artifact, database);
    expect(seen).toEqual(['CREATE TABLE', 'CREATE INDEX', 'DROP INDEX', 'CREATE INDEX']);
  });
});

describe('a partition that is detached concurrently', () => {
  it.each([
    { sqlState: '55P03', why: 'the server would refuse to begin it again' },
    { sqlState: '57014', why: 'what is pending cannot be taken back, only finished' },
  ])('is finished when it was left half way by $sqlState: $why', async ({ sqlState }) => {
    const [artifact, database] = [await alone(DETACH), createMemoryDatabase()];
    database.state.objects.set('public.p1', 'partition');
    failing(database, DETACH, [sqlState], () => database.state.objects.set('public.p1', 'detaching-partition'));
    expect(await migrate(artifact, database)).toHaveLength(1);
    expect(database.state.objects.get('public.p1')).toBe('table');
    expect(
      database.state.executed.filter((text) => text === DETACH),
      'it was not sent again',
    ).toEqual([]);
  });

  it('is finished by the next run when this one was cut off', async () => {
    const [artifact, database] = [await alone(DETACH), createMemoryDatabase()];
    database.state.objects.set('public.p1', 'partition');
    database.beforeStatement = (statement) => {
      if (statement !== DETACH) return;
      database.state.objects.set('public.p1', 'detaching-partition');
      throw new SquizzleError('CONNECTION_LOST', 'gone', { database: 'memory' });
    };
    await expect(migrate(artifact, database)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    delete database.beforeStatement;
    await migrate(artifact, database);
    expect(database.state.objects.get('public.p1')).toBe('table');
  });

  it('by somebody else, half way, is refused by the server and left to them', async () => {
    const [artifact, database] = [await alone(DETACH), createMemoryDatabase()];
    database.state.objects.set('public.p1', 'detaching-partition');
    await expect(migrate(artifact, database)).rejects.toMatchObject({ details: { sqlState: '55000' } });
    expect(database.state.objects.get('public.p1')).toBe('detaching-partition');
  });
});

describe('an index that is dropped concurrently', () => {
  const DROP = 'DROP INDEX CONCURRENTLY x';

  it.each([
    { left: 'invalid-index', sent: 2, why: 'it is still there, so it is dropped again' },
    { left: null, sent: 1, why: 'it is gone, so that is done' },
  ] as const)('is judged by what the catalog says after an interruption: $why', async ({ left, sent }) => {
    const [artifact, database] = [await alone(DROP), createMemoryDatabase()];
    database.state.objects.set('public.x', 'index');
    let count = 0;
    database.beforeStatement = (statement) => {
      if (statement !== DROP || ++count > 1) return;
      if (left === null) database.state.objects.delete('public.x');
      else database.state.objects.set('public.x', left);
      throw new RangeError('killed');
    };
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    await migrate(artifact, database);
    expect([count, database.state.objects.has('public.x')]).toEqual([sent, false]);
  });
});

describe('what is tried again', () => {
  it.each([
    { what: 'COMMIT of a release', sql: 'SELECT 1', at: () => true },
    { what: 'the journal before a statement', sql: CREATE, at: (states: string) => states === 'finished,started' },
    { what: 'the journal after a statement', sql: CREATE, at: (states: string) => states === 'finished,finished' },
    { what: 'the start of a release', sql: CREATE, at: (states: string) => states === '' },
  ])('is $what, and no statement that is done is repeated', async ({ sql, at }) => {
    const [artifact, database] = [await alone(sql), createMemoryDatabase()];
    const faults = ['40P01', '55P03'];
    database.beforeCommit = ({ journal }) => {
      const sqlState = at(journal.map(({ state }) => state).join()) ? faults.shift() : undefined;
      if (sqlState !== undefined) throw statementFailed(sqlState);
    };
    await migrate(artifact, database);
    expect(faults).toEqual([]);
    expect(database.state.executed).toEqual(['CREATE TABLE a (i int)', sql]);
    expect(eventsOf(database).at(-1)).toBe('applied 1.0.0');
  });

  it('is no statement of which nobody can tell what it left: an index without a name', async () => {
    const artifact = await alone('CREATE INDEX CONCURRENTLY x ON a (i)');
    const database = createMemoryDatabase();
    const driver = database.connect();
    const plan = planMigration(artifact, await driver.readHistory(), { environment: 'development' });
    const releases = plan.releases.map((release) => ({
      ...release,
      segments: release.segments.map((segment) =>
        segment.kind === 'statement' && segment.effect.kind === 'create-index'
          ? { ...segment, effect: { ...segment.effect, index: null } }
          : segment,
      ),
    }));
    let tries = 0;
    failing(database, 'CREATE INDEX', ['40P01', '40P01'], () => void tries++);
    await expect(applyPlan({ ...plan, releases }, driver, options)).rejects.toMatchObject({
      details: { sqlState: '40P01' },
    });
    expect(tries).toBe(1);
  });
});

describe('the limit on waiting for a lock', () => {
  const LONG = 600_000;

  it.each([
    { sql: CREATE, lockTimeoutMs: LONG, why: 'it waits for old readers and holds up nobody' },
    { sql: 'VACUUM a', lockTimeoutMs: LONG, why: 'the same' },
    { sql: 'VACUUM FULL a', lockTimeoutMs: undefined, why: 'everybody who needs the table waits behind it' },
    { sql: 'VACUUM (ANALYZE, FULL) a', lockTimeoutMs: undefined, why: 'the same' },
  ])('of $sql is $lockTimeoutMs: $why', async ({ sql, lockTimeoutMs }) => {
    const [artifact, database] = [await alone(sql), createMemoryDatabase()];
    const sent: Script[] = [];
    const driver = database.connect();
    const watching = {
      ...driver,
      withLock: ((work, lock) =>
        driver.withLock(
          (session) =>
            work({
              ...session,
              executeOutsideTransaction: (script) => {
                sent.push(script);
                return session.executeOutsideTransaction(script);
              },
            }),
          lock,
        )) as typeof driver.withLock,
    };
    const plan = planMigration(artifact, await driver.readHistory(), { environment: 'development' });
    await applyPlan(plan, watching, options);
    expect(sent.map(({ settings }) => settings?.lockTimeoutMs)).toEqual([lockTimeoutMs]);
  });
});
