import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../model/history.ts';
import { killAt, migrate, SEGMENTED, watchStatements } from '../../testing/apply-fixture.ts';
import type { MemoryDatabase } from '../../testing/memory-database.ts';
import { createMemoryDatabase } from '../../testing/memory-driver.ts';
import { verifiedChain } from '../../testing/shop.ts';

async function interruptAt(beginning: string) {
  const [artifact, database] = [await verifiedChain(SEGMENTED), createMemoryDatabase()];
  killAt(database, beginning);
  await expect(migrate(artifact, database)).rejects.toThrow('killed');
  delete database.beforeStatement;
  return { artifact, database };
}

function changeJournal(database: MemoryDatabase, change: (entry: JournalEntry) => readonly JournalEntry[]): void {
  database.state.journal = database.state.journal.flatMap(change);
}

describe('the journal of an interrupted run', () => {
  it.each([
    {
      at: 'CREATE TABLE b',
      change: (entry: JournalEntry) => [{ ...entry, checksum: entry.segment === 0 ? '0'.repeat(64) : entry.checksum }],
      reason: 'segment 1 of 1.0.0 was journaled with sha256 000',
      why: 'other text in a segment that is finished',
    },
    {
      at: 'CREATE INDEX',
      change: (entry: JournalEntry) => [{ ...entry, checksum: entry.segment === 1 ? '0'.repeat(64) : entry.checksum }],
      reason: 'segment 2 of 1.0.0 was journaled with sha256 000',
      why: 'other text in the statement that was begun',
    },
    {
      at: 'CREATE TABLE b',
      change: (entry: JournalEntry) => (entry.segment === 0 ? [] : [entry]),
      reason: 'lacks segment 1',
      why: 'the first is missing',
    },
    {
      at: 'CREATE TABLE b',
      change: (entry: JournalEntry) => [
        { ...entry, state: entry.segment === 1 ? ('started' as const) : entry.state },
        ...(entry.segment === 1 ? [{ ...entry, segment: 2 }] : []),
      ],
      reason: 'has segment 2 begun, where it must be finished',
      why: 'what was begun is followed by another',
    },
    {
      at: 'CREATE INDEX',
      change: (entry: JournalEntry) => (entry.segment === 0 ? [{ ...entry, state: 'started' as const }] : []),
      reason: 'has segment 1 begun, where it must be finished',
      why: 'a transaction is journaled when it is done, never before',
    },
  ])('is refused before anything runs: $why', async ({ at, change, reason }) => {
    const { artifact, database } = await interruptAt(at);
    changeJournal(database, change);
    const seen = watchStatements(database);
    const events = database.state.events.length;
    const refusal = await migrate(artifact, database).catch((cause: unknown) => cause);
    expect(refusal).toMatchObject({ code: 'LEDGER_INVALID' });
    expect((refusal as Error).message).toContain(reason);
    expect(seen).toEqual([]);
    expect(database.state.events).toHaveLength(events);
  });

  it('is gone on with when nothing was journaled yet', async () => {
    const { artifact, database } = await interruptAt('CREATE TABLE a');
    expect(database.state.journal).toEqual([]);
    expect(await migrate(artifact, database)).toHaveLength(1);
  });
});
