/**
 * The part of the database driver contract about questions.
 *
 * @module
 */
import { expect, it } from 'vitest';
import type { MigrationTransaction } from '../contracts/database-driver.ts';
import { table, type DatabaseFixture } from './database-fixture.ts';

const QUESTIONS = [
  { question: 'SELECT true', found: null, why: 'it holds' },
  { question: 'SELECT false', found: 'false', why: 'it does not' },
  { question: 'SELECT NULL::boolean', found: 'NULL', why: 'unknown is not true' },
  { question: 'SELECT true WHERE false', found: 'no row', why: 'no answer is not true' },
  { question: 'SELECT true FROM generate_series(1, 3)', found: '3 rows', why: 'which of them counts?' },
  { question: 'SELECT true, true', found: '2 columns', why: 'which of them counts?' },
  { question: "SELECT 't'", found: "'t'", why: 'a text is no truth value' },
  { question: 'SELECT 1', found: "'1'", why: 'neither is a number' },
  { question: "SELECT to_regclass('public.nowhere') IS NULL", found: null, why: 'the catalog can be asked' },
  { question: "SELECT to_regclass('public.nowhere') IS NOT NULL;", found: 'false', why: 'a semicolon does no harm' },
];

/** Opening a database takes its time, so the questions share one. */
export function describeQuestions(fixture: () => DatabaseFixture): void {
  const ask = (question: string): Promise<string | null> =>
    inTransaction(fixture(), (transaction) => transaction.ask(question));

  it('answers with what was found, or with nothing when that is true', async () => {
    await inTransaction(fixture(), async (transaction) => {
      for (const { question, found, why } of QUESTIONS) {
        expect(await transaction.ask(question), `${question}: ${why}`).toBe(found);
      }
    });
  });

  it('tells the SQLSTATE of a question that fails, and keeps nothing of the transaction', async () => {
    const { tableExists } = fixture();
    const failing = inTransaction(fixture(), async (transaction) => {
      await transaction.execute([table('before')]);
      return transaction.ask('SELECT 1/0');
    });
    await expect(failing).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      details: { index: 0, sqlState: '22012' },
    });
    expect(await tableExists('before')).toBe(false);
  });

  it('asks in the transaction, which goes on afterwards', async () => {
    const { tableExists } = fixture();
    const found = await inTransaction(fixture(), async (transaction) => {
      await transaction.execute([table('asked')]);
      const answer = await transaction.ask("SELECT to_regclass('public.asked') IS NOT NULL");
      await transaction.execute([table('after')]);
      return answer;
    });
    expect(found, 'it sees what the transaction did').toBeNull();
    expect([await tableExists('asked'), await tableExists('after')]).toEqual([true, true]);
  });

  it('refuses what is no question', async () => {
    const { tableExists } = fixture();
    for (const question of [
      'CREATE TABLE by_question (id int)',
      'SET search_path = elsewhere',
      'ROLLBACK',
      'NONSENSE',
    ]) {
      await expect(ask(question), question).rejects.toMatchObject({ code: 'STATEMENT_FAILED', details: { index: 0 } });
    }
    expect(await tableExists('by_question')).toBe(false);
  });

  it('lets no setting leak that a question changes', async () => {
    const { tableExists } = fixture();
    await inTransaction(fixture(), async (transaction) => {
      const question = "SELECT set_config('search_path', 'elsewhere', true) = 'elsewhere'";
      expect(await transaction.ask(question)).toBeNull();
      await transaction.execute([table('home')]);
    });
    expect(await tableExists('home')).toBe(true);
  });
}

function inTransaction<T>(
  { driver }: DatabaseFixture,
  work: (transaction: MigrationTransaction) => Promise<T>,
): Promise<T> {
  return driver.withLock((session) => session.transaction(work));
}
