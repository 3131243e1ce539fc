/**
 * From the JSON of the ledger's rows to checked events and journal entries.
 *
 * @module
 */
import {
  checksumToDigest,
  parseChecksum,
  parseVersion,
  SquizzleError,
  type Checksum,
  type JournalEntry,
  type LedgerDetails,
  type LedgerEvent,
  type LedgerEventType,
} from '@squizzle/core';

type Fields = Readonly<Record<string, unknown>>;
type Digest = LedgerEvent['artifactDigest'];

const EVENTS: ReadonlySet<unknown> = new Set<LedgerEventType>([
  'started',
  'applied',
  'reverted',
  'baselined',
  'failed',
  'repaired',
]);

const STATES: ReadonlySet<unknown> = new Set<JournalEntry['state']>(['started', 'ran', 'finished', 'skipped']);

export const STEP_COLUMNS = 'started_seq, segment, path, start_offset, end_offset, checksum, state';

/** @throws {SquizzleError} `LEDGER_INVALID` naming the row. */
export function parseEvents(json: string): readonly LedgerEvent[] {
  return (JSON.parse(json) as readonly Fields[]).map(parseEvent);
}

export function parseJournal(json: string): readonly JournalEntry[] {
  return (JSON.parse(json) as readonly Fields[]).map(parseEntry);
}

function parseEvent(row: Fields): LedgerEvent {
  const where = `ledger row ${String(row['seq'])}`;
  if (!EVENTS.has(row['event'])) throw invalid(where, 'event');
  return {
    seq: toNumber(row, 'seq', where),
    event: row['event'] as LedgerEventType,
    version: parseVersion(toText(row, 'version', where)) ?? raise(where, 'version'),
    artifactDigest: toDigest(row, 'artifact_digest', where),
    checksum: toChecksum(row, 'checksum', where),
    signer: toSigner(row['signer'], where),
    actor: toText(row, 'actor', where),
    environment: toText(row, 'environment', where),
    client: toText(row, 'client', where),
    startedAt: toText(row, 'started_at', where),
    finishedAt: toText(row, 'finished_at', where),
    durationMs: toNumber(row, 'duration_ms', where),
    schemaDigest: row['schema_digest'] === null ? null : toDigest(row, 'schema_digest', where),
    details: toRecord(row['details'], 'details', where) as LedgerDetails,
    previousHash: row['previous_hash'] === null ? null : toChecksum(row, 'previous_hash', where),
    hash: toChecksum(row, 'hash', where),
  };
}

/** From the {@link STEP_COLUMNS} of a row. */
export function parseEntry(row: Fields): JournalEntry {
  const where = `steps row ${String(row['started_seq'])}/${String(row['segment'])}`;
  if (!STATES.has(row['state'])) throw invalid(where, 'state');
  return {
    startedSeq: toNumber(row, 'started_seq', where),
    segment: toNumber(row, 'segment', where),
    path: toText(row, 'path', where),
    start: row['start_offset'] === null ? null : toNumber(row, 'start_offset', where),
    end: row['end_offset'] === null ? null : toNumber(row, 'end_offset', where),
    checksum: toChecksum(row, 'checksum', where),
    state: row['state'] as JournalEntry['state'],
  };
}

function toText(row: Fields, column: string, where: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : raise(where, column);
}

function toNumber(row: Fields, column: string, where: string): number {
  const value = row[column];
  return Number.isSafeInteger(value) ? (value as number) : raise(where, column);
}

function toChecksum(row: Fields, column: string, where: string): Checksum {
  return parseChecksum(toText(row, column, where)) ?? raise(where, column);
}

function toDigest(row: Fields, column: string, where: string): Digest {
  const checksum = parseChecksum(toText(row, column, where).replace(/^sha256:/, ''));
  return checksum === undefined ? raise(where, column) : checksumToDigest(checksum);
}

function toSigner(value: unknown, where: string): LedgerEvent['signer'] {
  if (value === null) return null;
  const signer = toRecord(value, 'signer', where);
  if (Object.values(signer).some((each) => typeof each !== 'string')) throw invalid(where, 'signer');
  return signer as Readonly<Record<string, string>>;
}

function toRecord(value: unknown, column: string, where: string): Fields {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Fields) : raise(where, column);
}

function raise(where: string, column: string): never {
  throw invalid(where, column);
}

function invalid(where: string, column: string): SquizzleError {
  const reason = `${where}: ${column} is not what SQUIZZLE writes`;
  return new SquizzleError('LEDGER_INVALID', `the ledger was changed by other hands: ${reason}`, { reason });
}
