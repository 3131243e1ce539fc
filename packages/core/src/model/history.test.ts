import { describe, expect, it } from 'vitest';
import type { Digest } from '@squizzle/oci-spec';
import { journalEntry, ledgerEntry, sealedLedger } from '../testing/ledger-samples.ts';
import { checksumOf, checksumToDigest } from './checksum.ts';
import {
  appliedReleases,
  currentRelease,
  currentVersion,
  EMPTY_HISTORY,
  historyHead,
  recordedSchema,
  unfinishedRelease,
  type History,
} from './history.ts';
import { sealEntry, type LedgerEvent, type LedgerEventType } from './ledger-event.ts';
import type { Version } from './version.ts';

type Row = readonly [event: LedgerEventType, version: string, direction?: 'up' | 'down'];

function historyOf(rows: readonly Row[], journal: History['journal'] = []): History {
  const events: LedgerEvent[] = [];
  for (const [event, version, direction] of rows) {
    const details = direction === undefined ? {} : { direction };
    events.push(sealEntry(ledgerEntry({ event, version: version as Version, details }), events.at(-1) ?? null));
  }
  return { initialized: true, events, journal };
}

describe('a history says', () => {
  it.each<{ why: string; rows: Row[]; applied: string[] }>([
    { why: 'nothing happened', rows: [], applied: [] },
    { why: 'one release', rows: [['applied', '1.0.0']], applied: ['1.0.0'] },
    {
      why: 'several',
      rows: [
        ['applied', '1.0.0'],
        ['applied', '1.1.0'],
      ],
      applied: ['1.0.0', '1.1.0'],
    },
    {
      why: 'a baseline, and what came after',
      rows: [
        ['baselined', '1.0.0'],
        ['applied', '1.1.0'],
      ],
      applied: ['1.0.0', '1.1.0'],
    },
    {
      why: 'the last was taken back',
      rows: [
        ['applied', '1.0.0'],
        ['applied', '1.1.0'],
        ['reverted', '1.1.0'],
      ],
      applied: ['1.0.0'],
    },
    {
      why: 'all were',
      rows: [
        ['applied', '1.0.0'],
        ['reverted', '1.0.0'],
      ],
      applied: [],
    },
    {
      why: 'one was taken back and applied again',
      rows: [
        ['applied', '1.0.0'],
        ['reverted', '1.0.0'],
        ['applied', '1.0.0'],
      ],
      applied: ['1.0.0'],
    },
    {
      why: 'a failure changed nothing',
      rows: [
        ['applied', '1.0.0'],
        ['failed', '1.1.0'],
      ],
      applied: ['1.0.0'],
    },
    {
      why: 'a start is no end',
      rows: [
        ['applied', '1.0.0'],
        ['started', '1.1.0'],
      ],
      applied: ['1.0.0'],
    },
    {
      why: 'a repair changed nothing',
      rows: [
        ['applied', '1.0.0'],
        ['repaired', '1.0.0'],
      ],
      applied: ['1.0.0'],
    },
  ])('$why', ({ rows, applied }) => {
    const history = historyOf(rows);
    expect(appliedReleases(history).map(({ version }) => version)).toEqual(applied);
    expect(currentVersion(history)).toBe(applied.at(-1) ?? null);
    expect(currentRelease(history)?.version ?? null).toBe(applied.at(-1) ?? null);
    expect(historyHead(history)?.seq ?? 0).toBe(rows.length);
  });

  it('nothing of a database without ledger', () => {
    expect(EMPTY_HISTORY).toMatchObject({ initialized: false });
    expect([historyHead(EMPTY_HISTORY), currentVersion(EMPTY_HISTORY), unfinishedRelease(EMPTY_HISTORY)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each<{ why: string; rows: Row[]; unfinished: readonly [string, 'up' | 'down', number] | null }>([
    {
      why: 'no run is open',
      rows: [
        ['started', '1.0.0', 'up'],
        ['applied', '1.0.0'],
      ],
      unfinished: null,
    },
    {
      why: 'a run is open',
      rows: [
        ['applied', '1.0.0'],
        ['started', '1.1.0', 'up'],
      ],
      unfinished: ['1.1.0', 'up', 2],
    },
    {
      why: 'a way back is open',
      rows: [
        ['applied', '1.0.0'],
        ['started', '1.0.0', 'down'],
      ],
      unfinished: ['1.0.0', 'down', 2],
    },
    {
      why: 'a way back came to its end',
      rows: [
        ['applied', '1.0.0'],
        ['started', '1.0.0', 'down'],
        ['reverted', '1.0.0'],
      ],
      unfinished: null,
    },
    {
      why: 'a run failed, and is still open',
      rows: [
        ['started', '1.0.0', 'up'],
        ['failed', '1.0.0'],
        ['failed', '1.0.0'],
      ],
      unfinished: ['1.0.0', 'up', 1],
    },
    {
      why: 'something was repaired in between',
      rows: [
        ['started', '1.0.0', 'up'],
        ['failed', '1.0.0'],
        ['repaired', '1.0.0'],
      ],
      unfinished: ['1.0.0', 'up', 1],
    },
    {
      why: 'a failure without a run left nothing open',
      rows: [
        ['applied', '1.0.0'],
        ['failed', '1.1.0'],
      ],
      unfinished: null,
    },
    {
      why: 'the run that was started last is the one',
      rows: [
        ['started', '1.0.0', 'up'],
        ['started', '1.0.0', 'up'],
      ],
      unfinished: ['1.0.0', 'up', 2],
    },
  ])('whether something is unfinished: $why', ({ rows, unfinished }) => {
    const found = unfinishedRelease(historyOf(rows));
    expect(found === null ? null : [found.event.version, found.direction, found.event.seq]).toEqual(unfinished);
  });

  const [A, B] = [checksumToDigest(checksumOf('a')), checksumToDigest(checksumOf('b'))];
  it.each<{ why: string; rows: readonly (readonly [LedgerEventType, Digest?])[]; seq: number | null }>([
    { why: 'nothing happened', rows: [], seq: null },
    { why: 'a release recorded it', rows: [['applied', A]], seq: 1 },
    {
      why: 'the newer one counts',
      rows: [
        ['applied', A],
        ['applied', B],
      ],
      seq: 2,
    },
    { why: 'a later release did not', rows: [['applied', A], ['applied']], seq: null },
    { why: 'nor did a later way back', rows: [['applied', A], ['reverted']], seq: null },
    { why: 'what failed left it as it was', rows: [['applied', A], ['failed'], ['repaired']], seq: 1 },
    {
      why: 'a repair recorded what it led to',
      rows: [
        ['applied', A],
        ['repaired', B],
      ],
      seq: 2,
    },
    { why: 'a baseline without one, recorded since', rows: [['baselined'], ['repaired', B]], seq: 2 },
    {
      why: 'a way back recorded it',
      rows: [
        ['applied', A],
        ['applied', B],
        ['reverted', A],
      ],
      seq: 3,
    },
  ])('which event recorded the schema: $why', ({ rows, seq }) => {
    const entries = rows.map(([event, digest]) => ({ event, schemaDigest: digest ?? null }));
    const history = { initialized: true, events: sealedLedger(...entries), journal: [] };
    expect(recordedSchema(history)?.seq ?? null).toBe(seq);
  });

  it('which entries of the journal belong to the open run', () => {
    const journal = [journalEntry({ startedSeq: 1, path: 'old' }), journalEntry({ startedSeq: 2, path: 'new' })];
    const history = historyOf(
      [
        ['started', '1.0.0', 'up'],
        ['started', '1.0.0', 'up'],
      ],
      journal,
    );
    expect(unfinishedRelease(history)?.journal.map(({ path }) => path)).toEqual(['new']);
  });
});
