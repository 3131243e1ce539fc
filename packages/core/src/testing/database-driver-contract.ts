/**
 * What every `DatabaseDriver` must do, as tests. An implementation that does not run them is not done.
 *
 * The SQL used is a tiny subset (`CREATE TABLE x (id int)`, `SET search_path`, `SELECT pg_sleep(n)`, questions about
 * constants, words that are no SQL), so that the memory driver can answer it too. What an implementation cannot do by its nature is declared
 * in the fixture's capabilities with the reason, and the tests concerned are reported as skipped with it.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MigrationSession } from '../contracts/database-driver.ts';
import { EMPTY_HISTORY, type JournalEntry } from '../model/history.ts';
import { findBrokenEvent, sealEntry, type LedgerEvent } from '../model/ledger-event.ts';
import { requireCapability, script, table, type DatabaseFixture } from './database-fixture.ts';
import { describeCancellation, describeConflicts, describeLock } from './database-lock-contract.ts';
import { describeQuestions } from './database-question-contract.ts';
import { describeSnapshots } from './database-snapshot-contract.ts';
import { journalEntry, ledgerEntry } from './ledger-samples.ts';

export function describeDatabaseDriverContract(name: string, open: () => Promise<DatabaseFixture>): void {
  describe(`${name}: database driver contract`, () => {
    let fixture: DatabaseFixture;
    let driver: DatabaseFixture['driver'];
    const current = (): DatabaseFixture => fixture;

    beforeEach(async () => {
      fixture = await open();
      driver = fixture.driver;
    });
    afterEach(async () => {
      await fixture.close();
    });

    describeLedger(current);
    describeTransactions(current);
    describeFailures(current);
    describeQuestions(current);
    describeSnapshots(current);
    describeSessions(current);
    describeLock(current);
    describeConflicts(current);
    describeCancellation(current);

    it('describes itself without a secret and tells facts of its server', async () => {
      expect(driver.description).not.toContain('secret');
      const facts = await driver.serverFacts();
      expect(facts.versionNumber).toBeGreaterThanOrEqual(130_000);
      expect(facts.version).toMatch(/^\d+/);
      expect(facts.readOnly).toBe(false);
      expect(facts.lockTableSize).toBeGreaterThan(0);
    });
  });
}

function describeLedger(fixture: () => DatabaseFixture): void {
  it('has an empty history where nothing was applied, and reading it creates nothing', async () => {
    expect(await fixture().driver.readHistory()).toEqual(EMPTY_HISTORY);
    expect(await fixture().driver.readHistory()).toEqual(EMPTY_HISTORY);
  });

  it('creates the ledger under the lock, once', async () => {
    const { driver } = fixture();
    const seen = await driver.withLock((session) => session.readHistory());
    expect(seen).toEqual({ initialized: true, events: [], journal: [] });
    await driver.withLock(async () => undefined);
    expect(await driver.readHistory()).toEqual({ initialized: true, events: [], journal: [] });
  });

  it('returns events exactly as they were appended, so that the chain of hashes can be recomputed', async () => {
    const { driver } = fixture();
    const first = sealEntry(ledgerEntry({ event: 'started', details: { direction: 'up' } }), null);
    const second = sealEntry(
      ledgerEntry({
        event: 'applied',
        signer: { kind: 'keyless', identity: 'ci@example.com', issuer: 'https://issuer.example' },
        schemaDigest: first.artifactDigest,
        details: { z: 'ü€😀', a: ['two', 'lines\n'], n: 1.5, big: 9_007_199_254_740_991, none: null, yes: true },
      }),
      first,
    );
    await driver.withLock((session) => appendAll(session, [first, second]));
    const { events } = await driver.readHistory();
    expect(events).toEqual([first, second]);
    expect(findBrokenEvent(events)).toBeUndefined();
  });

  it('refuses a second event with the same number', async () => {
    const { driver } = fixture();
    const event = sealEntry(ledgerEntry({}), null);
    await driver.withLock((session) => appendAll(session, [event]));
    const again = driver.withLock((session) => appendAll(session, [{ ...event, actor: 'someone else' }]));
    await expect(again).rejects.toMatchObject({ code: 'PLAN_STALE' });
    expect((await driver.readHistory()).events).toEqual([event]);
  });

  it('keeps the journal of the unfinished run, updated by segment', async () => {
    const { driver } = fixture();
    const started = sealEntry(ledgerEntry({ event: 'started', details: { direction: 'up' } }), null);
    const entries = [
      journalEntry({ segment: 0, state: 'finished' }),
      journalEntry({ segment: 1, start: 12, end: 90, state: 'started' }),
    ] as const;
    await driver.withLock(async (session) => {
      await appendAll(session, [started]);
      await session.transaction((transaction) => transaction.journal(entries));
      for (const state of ['ran', 'finished', 'skipped'] as const) {
        await session.transaction((transaction) => transaction.journal([{ ...entries[1], state }]));
      }
    });
    const expected: readonly JournalEntry[] = [entries[0], { ...entries[1], state: 'skipped' }];
    expect((await driver.readHistory()).journal).toEqual(expected);
  });

  it('forgets the journal of a run that has ended', async () => {
    const { driver } = fixture();
    const started = sealEntry(ledgerEntry({ event: 'started', details: { direction: 'up' } }), null);
    await driver.withLock(async (session) => {
      await appendAll(session, [started]);
      await session.transaction((transaction) => transaction.journal([journalEntry({ segment: 0 })]));
      await appendAll(session, [sealEntry(ledgerEntry({ event: 'applied' }), started)]);
    });
    expect((await driver.readHistory()).journal).toEqual([]);
  });

  it.for(['UPDATE', 'DELETE', 'TRUNCATE'])('refuses %s of what the ledger holds', async (command, context) => {
    const { driver, ledgerTable, capabilities } = fixture();
    requireCapability(context, capabilities.guardedLedger);
    const event = sealEntry(ledgerEntry({}), null);
    await driver.withLock((session) => appendAll(session, [event]));
    const statements: Record<string, string> = {
      UPDATE: `UPDATE ${ledgerTable} SET actor = 'nobody'`,
      DELETE: `DELETE FROM ${ledgerTable}`,
      TRUNCATE: `TRUNCATE ${ledgerTable}`,
    };
    const change = driver.withLock((session) => session.executeOutsideTransaction(script(statements[command] ?? '')));
    await expect(change).rejects.toMatchObject({ code: 'STATEMENT_FAILED' });
    expect((await driver.readHistory()).events).toEqual([event]);
  });
}

function describeTransactions(fixture: () => DatabaseFixture): void {
  it('commits SQL and ledger together', async () => {
    const { driver, tableExists } = fixture();
    const event = sealEntry(ledgerEntry({}), null);
    const result = await driver.withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.execute([table('one'), table('two')]);
        await transaction.append(event);
        return 'the result of work';
      }),
    );
    expect(result).toBe('the result of work');
    expect([await tableExists('one'), await tableExists('two')]).toEqual([true, true]);
    expect((await driver.readHistory()).events).toEqual([event]);
  });

  it('rolls back SQL and ledger together when work throws, and passes on what it threw', async () => {
    const { driver, tableExists } = fixture();
    const thrown = new RangeError('work gave up');
    const run = driver.withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.execute([table('gone')]);
        await transaction.append(sealEntry(ledgerEntry({}), null));
        throw thrown;
      }),
    );
    await expect(run).rejects.toBe(thrown);
    expect(await tableExists('gone')).toBe(false);
    expect((await driver.readHistory()).events).toEqual([]);
  });

  it('goes on with the same session after a transaction that was rolled back', async () => {
    const { driver, tableExists } = fixture();
    await driver.withLock(async (session) => {
      const failing = session.transaction((transaction) => transaction.execute([table('a'), script('NONSENSE')]));
      await expect(failing).rejects.toMatchObject({ code: 'STATEMENT_FAILED' });
      await session.transaction((transaction) => transaction.execute([table('b')]));
    });
    expect([await tableExists('a'), await tableExists('b')]).toEqual([false, true]);
  });

  it('tells the locks it has on what others may want too', async () => {
    const { driver } = fixture();
    const held = await driver.withLock(async (session) => {
      await session.transaction((transaction) => transaction.execute([table('there'), table('untouched')]));
      return session.transaction(async (transaction) => {
        await transaction.execute([script('LOCK TABLE there'), table('made'), script('LOCK TABLE made')]);
        return transaction.heldLocks();
      });
    });
    expect(held).toEqual([{ target: 'public.there', mode: 'AccessExclusiveLock' }]);
  });

  it('sends many texts in order', async () => {
    const { driver, tableExists } = fixture();
    const texts = Array.from({ length: 250 }, (_, index) => table(`many_${index}`));
    const drops = Array.from({ length: 249 }, (_, index) => script(`DROP TABLE many_${index}`));
    await driver.withLock((session) => session.transaction((transaction) => transaction.execute([...texts, ...drops])));
    expect([await tableExists('many_0'), await tableExists('many_249')]).toEqual([false, true]);
  });
}

function describeFailures(fixture: () => DatabaseFixture): void {
  it.each([
    { sql: 'NONSENSE', offset: 0, why: 'the first character counts as 0' },
    { sql: '/* ü€ */ NONSENSE', offset: 9, why: 'characters are counted, not bytes' },
    { sql: '/* 😀😀 */ NONSENSE', offset: 9, why: 'code points are counted, not UTF-16 units' },
    { sql: 'CREATE TABLE fine (id int);\n\nNONSENSE', offset: 29, why: 'the whole text is what counts' },
  ])('tells index, offset and SQLSTATE of $sql: $why', async ({ sql, offset }) => {
    const { driver, tableExists } = fixture();
    const texts = [table('before'), script('SELECT 1'), script(sql), table('after')];
    const run = driver.withLock((session) => session.transaction((transaction) => transaction.execute(texts)));
    const details = { index: 2, offset, sqlState: '42601', completed: 0 };
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details });
    expect([await tableExists('before'), await tableExists('after')]).toEqual([false, false]);
  });

  it('counts the statements of the failing text that had run', async () => {
    const text = 'CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE a (id int)';
    const run = fixture().driver.withLock((session) =>
      session.transaction((transaction) => transaction.execute([script(text), table('never')])),
    );
    const details = { index: 0, sqlState: '42P07', completed: 2 };
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details });
  });

  it('reports the first failure, though later texts fail too', async () => {
    const texts = [table('x'), ...Array.from({ length: 50 }, () => table('x'))];
    const run = fixture().driver.withLock((session) =>
      session.transaction((transaction) => transaction.execute(texts)),
    );
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { index: 1, sqlState: '42P07' } });
  });
}

function describeSessions(fixture: () => DatabaseFixture): void {
  it('executes outside a transaction: what ran stays', async () => {
    const { driver, tableExists } = fixture();
    const thrown = new RangeError('later');
    const run = driver.withLock(async (session) => {
      await session.executeOutsideTransaction(table('stays'));
      throw thrown;
    });
    await expect(run).rejects.toBe(thrown);
    expect(await tableExists('stays')).toBe(true);
  });

  it('tells index 0 and the offset of a statement that fails outside a transaction', async () => {
    const run = fixture().driver.withLock((session) => session.executeOutsideTransaction(script('/* ü */ NONSENSE')));
    await expect(run).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { index: 0, offset: 8 } });
  });

  it('undoes the settings a text changes before the next text', async () => {
    const { driver, tableExists } = fixture();
    await driver.withLock(async (session) => {
      await session.transaction((transaction) =>
        transaction.execute([script('SET search_path = elsewhere'), table('home_one')]),
      );
      await session.executeOutsideTransaction(script('SET search_path = elsewhere'));
      await session.transaction((transaction) => transaction.execute([table('home_two')]));
    });
    expect([await tableExists('home_one'), await tableExists('home_two')]).toEqual([true, true]);
  });

  it('finds no effect of an index that was never begun', async () => {
    const effect = { kind: 'create-index', index: 'ix', table: 'nowhere', ifNotExists: false, unique: false } as const;
    await fixture().driver.withLock(async (session) => {
      expect(await session.inspectEffect(effect)).toBe('absent');
      expect(await session.inspectEffect({ ...effect, index: null })).toBe('unknown');
      expect(await session.inspectEffect({ kind: 'rerunnable' })).toBe('absent');
      expect(await session.inspectEffect({ kind: 'unknown' })).toBe('unknown');
    });
  });
}

/** Appends what is already sealed, each in its own transaction. */
async function appendAll(session: MigrationSession, events: readonly LedgerEvent[]): Promise<void> {
  for (const event of events) await session.transaction((transaction) => transaction.append(event));
}
