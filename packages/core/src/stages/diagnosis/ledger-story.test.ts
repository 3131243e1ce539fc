import { describe, expect, it } from 'vitest';
import { SquizzleError } from '../../errors/squizzle-error.ts';
import type { VerifiedArtifact } from '../../model/artifact.ts';
import { checksumOf } from '../../model/checksum.ts';
import { hashEvent, type LedgerEntry, type LedgerEvent } from '../../model/ledger-event.ts';
import { rollBack, table, TWO } from '../../testing/apply-fixture.ts';
import { createApplied, DIAGNOSED, diagnoseOnly, matching } from '../../testing/diagnose-fixture.ts';
import { journalEntry, sealedLedger } from '../../testing/ledger-samples.ts';
import type { MemoryDatabase } from '../../testing/memory-database.ts';
import { createMemoryDatabase } from '../../testing/memory-driver.ts';
import { verifiedChain } from '../../testing/shop.ts';

function edit(database: MemoryDatabase, at: number, change: Partial<LedgerEntry>): LedgerEvent {
  const event = { ...(database.state.events[at] as LedgerEvent), ...change };
  database.state.events[at] = event;
  return event;
}

describe('the chain', () => {
  it.each<{ why: string; change: (database: MemoryDatabase) => void; message: RegExp }>([
    {
      why: 'an event that was edited',
      change: (database) => edit(database, 1, { actor: 'mallory' }),
      message: /^event 2 \(applied 1\.1\.0\) is not what was written/,
    },
    {
      why: 'one that was edited and hashed anew, by the one after it',
      change: (database) => {
        const edited = edit(database, 1, { actor: 'mallory' });
        database.state.events[1] = { ...edited, hash: hashEvent(edited) };
      },
      message: /^event 3 \(started 1\.2\.0\) does not follow from event 2/,
    },
    {
      why: 'one that is gone',
      change: ({ state }) => state.events.splice(1, 1),
      message: /^event 3 .*where event 2 belongs/,
    },
    {
      why: 'the first that is gone',
      change: ({ state }) => state.events.shift(),
      message: /^event 2 .*where event 1 belongs/,
    },
  ])('breaks at $why', async ({ change, message }) => {
    const database = await createApplied();
    change(database);
    expect(await diagnoseOnly('chain', database)).toMatchObject([{ state: 'fault', message }].map(matching));
  });
});

describe('the journal', () => {
  it.each<{ why: string; change: (database: MemoryDatabase) => void; message: RegExp }>([
    {
      why: 'a segment of a finished run is gone',
      change: ({ state }) => state.journal.pop(),
      message: /event 3 began ended with event 4 \(applied\), but its journal has 2 of 3/,
    },
    {
      why: 'one is not finished',
      change: ({ state }) => (state.journal = state.journal.map((each) => ({ ...each, state: 'started' }))),
      message: /0 of 3 segments finished/,
    },
    {
      why: 'there is one too many',
      change: ({ state }) => state.journal.push(journalEntry({ startedSeq: 3, segment: 3 })),
      message: /4 of 3 segments finished/,
    },
    {
      why: 'an entry belongs to no run',
      change: ({ state }) => state.journal.push(journalEntry({ startedSeq: 2 })),
      message: /that event 2 began, but that event began none/,
    },
    {
      why: 'the end of the ledger was cut off',
      change: ({ state }) => state.events.splice(2),
      message: /that event 3 began, but the ledger ends with 2: its end was cut off/,
    },
    {
      why: 'another text was journaled',
      change: ({ state }) => (state.journal = state.journal.map((each) => ({ ...each, checksum: checksumOf('x') }))),
      message: /journaled another text for segment 1 \(migrations\/3\.sql\)/,
    },
    {
      why: 'a segment stood elsewhere in its file',
      change: ({ state }) =>
        (state.journal = state.journal.map((each) => ({ ...each, end: each.segment === 1 ? 3 : each.end }))),
      message: /another text for segment 2/,
    },
  ])('is at fault when $why', async ({ change, message }) => {
    const database = await createApplied();
    change(database);
    const [finding, ...more] = await diagnoseOnly('steps', database);
    expect(finding).toMatchObject(matching({ state: 'fault', message }));
    expect(more.filter((each) => each.message === finding?.message)).toEqual([]);
  });

  it.each<{ why: string; details: LedgerEvent['details']; segments: readonly number[]; message: RegExp | null }>([
    { why: 'it has the beginning of a run', details: { segments: 3 }, segments: [0, 1], message: null },
    { why: 'nothing of it has run', details: { segments: 3 }, segments: [], message: null },
    { why: 'it passed over a segment', details: { segments: 3 }, segments: [0, 2], message: /a gap/ },
    { why: 'it has a segment that the run does not', details: { segments: 1 }, segments: [0, 1], message: /a gap/ },
    { why: 'nobody said how many there are', details: {}, segments: [0], message: /of how many segments/ },
  ])('of a run that is not finished: $why', async ({ details, segments, message }) => {
    const database = createMemoryDatabase();
    database.state.initialized = true;
    database.state.events.push(...sealedLedger({ event: 'started', details }));
    database.state.journal.push(...segments.map((segment) => journalEntry({ segment })));
    const told = await diagnoseOnly('steps', database, null);
    expect(told).toMatchObject([message === null ? { state: 'note' } : matching({ state: 'fault', message })]);
  });

  it('of a way back is that of the release that it took back', async () => {
    const database = await createApplied();
    await rollBack(DIAGNOSED, database, '1.1.0');
    expect(await diagnoseOnly('steps', database)).toMatchObject([{ state: 'ok' }]);
    database.state.journal = database.state.journal.map((each) => {
      return each.startedSeq === 5 && each.segment === 2 ? { ...each, checksum: checksumOf('x') } : each;
    });
    expect(await diagnoseOnly('steps', database)).toMatchObject([
      {
        state: 'fault',
        message: expect.stringContaining('event 5 began journaled another text for segment 3') as unknown,
      },
    ]);
  });

  it('is compared with no text where there is no artifact, or its store does not answer', async () => {
    const database = await createApplied();
    expect(await diagnoseOnly('steps', database, null)).toMatchObject([
      matching({ state: 'note', message: /no artifact/ }),
    ]);
    const readFiles = () =>
      Promise.reject(new SquizzleError('STORE_UNUSABLE', 'the store is away', { path: '/gone', systemCode: 'EIO' }));
    const offline = await diagnoseOnly('steps', database, { ...DIAGNOSED, readFiles });
    expect(offline).toMatchObject([matching({ state: 'note', message: /not compared: the store is away/ })]);
  });
});

describe('the releases', () => {
  const OTHER = verifiedChain({ '1.0.0': { 'migrations/1.sql': table('other') } });
  it.each<{
    why: string;
    artifact: () => Promise<VerifiedArtifact | null>;
    states: readonly string[];
    message: RegExp;
  }>([
    {
      why: 'there is nothing to compare them with',
      artifact: async () => null,
      states: ['note'],
      message: /no artifact/,
    },
    { why: 'one is another', artifact: () => OTHER, states: ['fault', 'note'], message: /has 1\.0\.0 as sha256:/ },
    {
      why: 'the artifact is older',
      artifact: () => verifiedChain(TWO),
      states: ['note'],
      message: /^1 release newer than 1\.1\.0/,
    },
  ])('are told when $why', async ({ artifact, states, message }) => {
    const found = await diagnoseOnly('releases', await createApplied(), await artifact());
    expect(found.map(({ state }) => state)).toEqual(states);
    expect(found[0]?.message).toMatch(message);
  });
});
