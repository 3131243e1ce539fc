/**
 * Ledger entries for tests: whole and valid, so that a test states only what it is about.
 *
 * @module
 */
import { checksumOf, checksumToDigest } from '../model/checksum.ts';
import type { JournalEntry } from '../model/history.ts';
import { sealEntry, type LedgerEntry, type LedgerEvent } from '../model/ledger-event.ts';
import type { Version } from '../model/version.ts';

export function ledgerEntry(differences: Partial<LedgerEntry>): LedgerEntry {
  return {
    event: 'applied',
    version: '1.0.0' as Version,
    artifactDigest: checksumToDigest(checksumOf('artifact')),
    checksum: checksumOf('layer'),
    signer: null,
    actor: 'tester',
    environment: 'test',
    client: 'squizzle 0.0.0 (run test)',
    startedAt: '2026-01-02T03:04:05.006Z',
    finishedAt: '2026-01-02T03:04:06.000Z',
    durationMs: 994,
    schemaDigest: null,
    details: {},
    ...differences,
  };
}

export function journalEntry(differences: Partial<JournalEntry>): JournalEntry {
  return {
    startedSeq: 1,
    segment: 0,
    path: 'migrations/0001_first.sql',
    start: null,
    end: null,
    checksum: checksumOf('SELECT 1'),
    state: 'finished',
    ...differences,
  };
}

/** A whole ledger: each entry sealed after the one before. */
export function sealedLedger(...differences: readonly Partial<LedgerEntry>[]): LedgerEvent[] {
  const events: LedgerEvent[] = [];
  for (const each of differences) events.push(sealEntry(ledgerEntry(each), events.at(-1) ?? null));
  return events;
}
