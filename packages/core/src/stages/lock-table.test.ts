import { describe, expect, it } from 'vitest';
import { killAt, migrate, rollBack, SEGMENTED, table, withFiles } from '../testing/apply-fixture.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { verifiedChain } from '../testing/shop.ts';

const CHAIN = {
  '1.0.0': {
    'migrations/1.sql': table('a'),
    'migrations/2.sql': table('b'),
    'migrations/1.down.sql': 'DROP TABLE a;',
    'migrations/2.down.sql': 'DROP TABLE b;',
  },
};

function databaseWith(lockTableSize: number) {
  const database = createMemoryDatabase();
  database.facts = { ...database.facts, lockTableSize };
  return database;
}

describe('a transaction that needs many locks', () => {
  it.each([
    { locks: [10, 90], transaction: 'release', code: null, why: 'what the server promises may be taken' },
    { locks: [10, 91], transaction: 'release', code: 'REQUIREMENT_UNMET', why: 'one more' },
    { locks: [10, 91], transaction: 'step', code: null, why: 'each file commits by itself' },
    { locks: [0, 101], transaction: 'step', code: 'REQUIREMENT_UNMET', why: 'the file alone is too large' },
    { locks: [0, 0], transaction: 'release', code: null, why: 'nothing is known of it' },
  ] as const)('of $locks with $transaction gives $code: $why', async ({ locks, transaction, code }) => {
    const files = { 'migrations/1.sql': { locks: locks[0] }, 'migrations/2.sql': { locks: locks[1] } };
    const [artifact, database] = [withFiles(await verifiedChain(CHAIN), files), databaseWith(100)];
    const run = migrate(artifact, database, { transaction });
    if (code === null) return expect(await run).toHaveLength(1);
    await expect(run).rejects.toMatchObject({ code });
    expect(database.state).toMatchObject({ executed: [], initialized: false });
  });

  it.each([
    {
      locks: [140, 140],
      message:
        "a transaction of 1.0.0 needs about 280 locks; the server's lock table is made for 200, of all sessions together. " +
        "Nothing was run: let each file commit by itself ('--transaction step', or 'transaction: step'), or raise max_locks_per_transaction to 1.4 times what it is and restart the server",
      why: 'the files fit one by one',
    },
    {
      locks: [100, 220],
      message:
        "migrations/2.sql of 1.0.0 alone needs about 220 locks; the server's lock table is made for 200, of all sessions together. " +
        'Nothing was run: split the file into several of fewer objects, or raise max_locks_per_transaction to 1.6 times what it is and restart the server',
      why: 'no other scope helps, and then both must fit',
    },
  ] as const)('says the figures and what to do: $why', async ({ locks, message }) => {
    const files = { 'migrations/1.sql': { locks: locks[0] }, 'migrations/2.sql': { locks: locks[1] } };
    const run = migrate(withFiles(await verifiedChain(CHAIN), files), databaseWith(200));
    await expect(run).rejects.toThrow(message);
  });

  it('is seen though its file begins with a statement that runs alone', async () => {
    const texts = { '1.0.0': { 'migrations/1.sql': `VACUUM;\n${table('a')}\n` } };
    const artifact = withFiles(await verifiedChain(texts), { 'migrations/1.sql': { locks: 101 } });
    await expect(migrate(artifact, databaseWith(100))).rejects.toMatchObject({ code: 'REQUIREMENT_UNMET' });
  });

  it('is refused on the way back too', async () => {
    const files = { 'rollback/migrations/1.sql': { locks: 101 } };
    const [artifact, database] = [withFiles(await verifiedChain(CHAIN), files), databaseWith(100)];
    await migrate(artifact, database);
    await expect(rollBack(artifact, database, null)).rejects.toMatchObject({ code: 'REQUIREMENT_UNMET' });
  });

  it('does not count what an interrupted run has done already, and offers no other scope to it', async () => {
    const plain = await verifiedChain({ '1.0.0': { ...SEGMENTED['1.0.0'], 'migrations/2.sql': table('c') } });
    const [artifact, database] = [withFiles(plain, { 'migrations/1.sql': { locks: 101 } }), databaseWith(1_000)];
    killAt(database, 'CREATE TABLE b');
    await expect(migrate(artifact, database)).rejects.toThrow('killed');
    delete database.beforeStatement;
    database.facts = { ...database.facts, lockTableSize: 100 };
    const grown = withFiles(artifact, { 'migrations/2.sql': { locks: 101 } });
    const refusal = await migrate(grown, database).catch((cause: unknown) => cause);
    expect(refusal).toMatchObject({ code: 'REQUIREMENT_UNMET' });
    expect((refusal as Error).message).not.toContain('--transaction step');
    expect(await migrate(artifact, database)).toHaveLength(1);
  });
});
