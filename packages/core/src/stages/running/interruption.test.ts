import { describe, expect, it } from 'vitest';
import { SquizzleError } from '../../errors/squizzle-error.ts';
import { eventsOf, migrate, rollBack, SEGMENTED, table, TWO } from '../../testing/apply-fixture.ts';
import type { MemoryDatabase } from '../../testing/memory-database.ts';
import { createMemoryDatabase } from '../../testing/memory-driver.ts';
import { verifiedChain } from '../../testing/shop.ts';

const THREE = { ...TWO, '1.2.0': { 'migrations/3.sql': table('c') } };
const lost = (): SquizzleError => new SquizzleError('CONNECTION_LOST', 'the connection broke', { database: 'memory' });

/** The connection breaks at a statement, at the COMMIT of the transaction that ran it, or when it is answered. */
function breakAt(database: MemoryDatabase, moment: 'statement' | 'commit' | 'answer', beginning: string): void {
  const ran = (): boolean => database.state.executed.at(-1)?.startsWith(beginning) === true;
  if (moment === 'statement') {
    database.beforeStatement = (statement) => {
      if (statement.startsWith(beginning)) throw lost();
    };
  }
  if (moment === 'commit') {
    database.beforeCommit = ({ executed }) => {
      if (executed.at(-1)?.startsWith(beginning) === true) throw lost();
    };
  }
  if (moment === 'answer') {
    database.afterCommit = () => {
      if (ran()) throw lost();
    };
  }
}

function mend(database: MemoryDatabase): void {
  delete database.beforeStatement;
  delete database.beforeCommit;
  delete database.afterCommit;
}

const UNSURE = 'whether 1.2.0 was committed cannot be told from here';

describe('a connection that breaks', () => {
  it.each([
    { moment: 'statement', state: 'nothing of 1.2.0 was kept; the database is at 1.1.0', why: 'COMMIT was not sent' },
    { moment: 'commit', state: UNSURE, why: 'COMMIT was sent, and was not done' },
    { moment: 'answer', state: UNSURE, why: 'COMMIT was sent, and was done' },
  ] as const)('says what is known: $why', async ({ moment, state }) => {
    const [artifact, database] = [await verifiedChain(THREE), createMemoryDatabase()];
    breakAt(database, moment, 'CREATE TABLE c');
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({
      code: 'CONNECTION_LOST',
      details: { database: 'memory', finished: ['1.0.0', '1.1.0'], state },
      cause: { code: 'CONNECTION_LOST' },
    });
    expect((failure as Error).message.split('\n')).toEqual([
      'the connection broke',
      'this run had applied 1.0.0, 1.1.0 before, and that stands',
      state,
      'run apply again: it reads in the ledger what was kept, and goes on from there by itself',
    ]);
    mend(database);
    await migrate(artifact, database);
    expect(eventsOf(database)).toEqual(['applied 1.0.0', 'applied 1.1.0', 'applied 1.2.0']);
    expect(database.state.executed.filter((text) => text.startsWith('CREATE TABLE c'))).toHaveLength(1);
  });

  it.each([
    {
      moment: 'statement',
      at: 'CREATE TABLE b',
      state: '1.0.0 is unfinished: 2 of its 3 segments are kept and journaled',
      why: 'in a transaction',
    },
    {
      moment: 'commit',
      at: 'CREATE TABLE b',
      state:
        '1.0.0: at least 2 of its 3 segments are kept and journaled; whether segment 3 of 3 (migrations/1.sql:3) was committed as well cannot be told from here',
      why: 'at COMMIT',
    },
    {
      moment: 'answer',
      at: 'CREATE TABLE a',
      state: '1.0.0: whether segment 1 of 3 (migrations/1.sql:1) was committed cannot be told from here',
      why: 'at the answer to the first COMMIT',
    },
    {
      moment: 'statement',
      at: 'CREATE INDEX',
      state:
        '1.0.0 is unfinished: 1 of its 3 segments are kept and journaled; segment 2 of 3 (migrations/1.sql:2) runs outside any transaction: the journal and the catalog tell the next run what became of it',
      why: 'in a statement that runs alone',
    },
    {
      moment: 'statement',
      at: 'CREATE TABLE a',
      state: '1.0.0 is unfinished: nothing of it was kept',
      why: 'in the first',
    },
  ] as const)('says which segments are kept: $why', async ({ moment, at, state }) => {
    const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
    breakAt(database, moment, at);
    await expect(migrate(artifact, database)).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      details: { finished: [], state },
    });
    mend(database);
    await migrate(artifact, database);
    expect([...database.state.objects.keys()].sort()).toEqual(['public.a', 'public.b', 'public.x']);
  });

  it('says so of a rollback too, in its words', async () => {
    const [artifact, database] = [await verifiedChain(TWO), createMemoryDatabase()];
    await migrate(artifact, database);
    breakAt(database, 'statement', 'DROP TABLE a');
    const failure = await rollBack(artifact, database, null).catch((cause: unknown) => cause);
    expect((failure as Error).message).toContain('this run had reverted 1.1.0 before, and that stands');
    expect((failure as Error).message).toContain(
      'nothing of 1.0.0 was kept; the database is at 1.0.0\nrun rollback again',
    );
  });

  it('names many releases by the first, the last and their number', async () => {
    const releases = Array.from({ length: 6 }, (_, index) => [
      `1.${index}.0`,
      { [`migrations/${index}.sql`]: table(`t${index}`) },
    ]);
    const artifact = await verifiedChain(Object.fromEntries(releases) as Parameters<typeof verifiedChain>[0]);
    const database = createMemoryDatabase();
    breakAt(database, 'statement', 'CREATE TABLE t5');
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect((failure as Error).message).toContain('this run had applied 1.0.0 to 1.4.0 (5 releases) before');
  });
});

describe('a run that is stopped on request', () => {
  it.each([
    { at: 'statement', why: 'while a statement runs' },
    { at: 'commit', why: 'before COMMIT' },
  ])('says what was kept, and is recorded: $why', async ({ at }) => {
    const [artifact, database] = [await verifiedChain(THREE), createMemoryDatabase()];
    const abort = new AbortController();
    const stop = (text: string | undefined): void => {
      if (text?.startsWith('CREATE TABLE c') === true) abort.abort();
    };
    if (at === 'statement') database.beforeStatement = stop;
    else
      database.beforeCommit = ({ executed }) => {
        stop(executed.at(-1));
        if (!abort.signal.aborted) return;
        delete database.beforeCommit;
        throw new SquizzleError('CANCELLED', 'stopped', { during: 'COMMIT' });
      };
    const run = migrate(artifact, database, { signal: abort.signal });
    const state = 'nothing of 1.2.0 was kept; the database is at 1.1.0';
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED', details: { finished: ['1.0.0', '1.1.0'], state } });
    expect(eventsOf(database)).toEqual(['applied 1.0.0', 'applied 1.1.0', 'failed 1.2.0']);
  });

  it('does not count a segment that may have been committed, though its end is recorded', async () => {
    const artifact = await verifiedChain({
      '1.0.0': { 'migrations/1.sql': `${table('a')}\nVACUUM a;\n${table('b')}\nVACUUM b;\n` },
    });
    const database = createMemoryDatabase();
    database.afterCommit = () => {
      if (database.state.executed.at(-1)?.startsWith('CREATE TABLE b') !== true) return;
      delete database.afterCommit;
      throw new SquizzleError('CANCELLED', 'stopped', { during: 'COMMIT' });
    };
    const state =
      '1.0.0: at least 2 of its 4 segments are kept and journaled; whether segment 3 of 4 (migrations/1.sql:3) was committed as well cannot be told from here';
    await expect(migrate(artifact, database)).rejects.toMatchObject({ code: 'CANCELLED', details: { state } });
    expect(eventsOf(database)).toEqual(['started 1.0.0', 'failed 1.0.0']);
    await migrate(artifact, database);
    expect(database.state.executed.filter((text) => text.startsWith('CREATE TABLE b'))).toHaveLength(1);
  });

  it('is asked for a decision where nobody can see what became of a statement', async () => {
    const artifact = await verifiedChain({ '1.0.0': { 'migrations/1.sql': `${table('a')}\nCALL rebuild();\n` } });
    const database = createMemoryDatabase();
    breakAt(database, 'statement', 'CALL');
    const failure = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect((failure as Error).message).toContain('nobody can see from outside what became of it');
    expect((failure as Error).message).toMatch(
      /it asks for a decision \('--interrupted run-again' or '--interrupted skip'\)$/,
    );
  });

  it('does not know of the last COMMIT where the session does not answer any more', async () => {
    const [artifact, database] = [await verifiedChain(THREE), createMemoryDatabase()];
    let isGone = false;
    database.beforeCommit = ({ executed }) => {
      isGone ||= executed.length === 3;
      if (!isGone) return;
      throw new SquizzleError('CANCELLED', 'stopped', { during: 'COMMIT' });
    };
    await expect(migrate(artifact, database)).rejects.toMatchObject({ code: 'CANCELLED', details: { state: UNSURE } });
  });
});
