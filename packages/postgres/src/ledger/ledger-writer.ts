/**
 * Appends events and writes the journal: each call is one round trip, inside the caller's transaction.
 *
 * @module
 */
import { SquizzleError, type JournalEntry, type LedgerEvent } from '@squizzle/core';
import { failedWith, type SqlConnection } from '../connection/sql-connection.ts';
import { toLedgerError } from './ledger-errors.ts';
import type { LedgerNames } from './ledger-names.ts';

const UNIQUE_VIOLATION = '23505';
const WRITE = 'write the ledger';

/** @throws {SquizzleError} `PLAN_STALE` when someone wrote an event of that number since the plan was made. */
export async function appendEvent(
  connection: SqlConnection,
  names: LedgerNames,
  description: string,
  event: LedgerEvent,
): Promise<void> {
  const columns = toColumns(event);
  const places = columns.map((_, index) => `$${index + 1}`).join(', ');
  const list = columns.map(([column]) => column).join(', ');
  try {
    await connection.query(
      `INSERT INTO ${names.ledger} (${list}) VALUES (${places})`,
      columns.map(([, value]) => value),
    );
  } catch (error) {
    if (failedWith(error, UNIQUE_VIOLATION)) throw stale(event, error);
    throw toLedgerError(error, names, description, WRITE);
  }
}

function toColumns(event: LedgerEvent): readonly (readonly [column: string, value: string | null])[] {
  return [
    ['seq', String(event.seq)],
    ['event', event.event],
    ['version', event.version],
    ['artifact_digest', event.artifactDigest],
    ['checksum', event.checksum],
    ['signer', event.signer === null ? null : JSON.stringify(event.signer)],
    ['actor', event.actor],
    ['environment', event.environment],
    ['client', event.client],
    ['started_at', event.startedAt],
    ['finished_at', event.finishedAt],
    ['duration_ms', String(event.durationMs)],
    ['schema_digest', event.schemaDigest],
    ['details', JSON.stringify(event.details)],
    ['previous_hash', event.previousHash],
    ['hash', event.hash],
  ];
}

function stale(event: LedgerEvent, cause: Error): SquizzleError {
  const message = `ledger event ${event.seq} is already written: someone migrated since the plan was made; plan again`;
  return new SquizzleError('PLAN_STALE', message, { expectedHead: event.previousHash, actualHead: null }, { cause });
}

export async function writeJournal(
  connection: SqlConnection,
  names: LedgerNames,
  description: string,
  entries: readonly JournalEntry[],
): Promise<void> {
  try {
    await connection.query(journalSql(names), [JSON.stringify(entries)]);
  } catch (error) {
    throw toLedgerError(error, names, description, WRITE);
  }
}

function journalSql(names: LedgerNames): string {
  return `INSERT INTO ${names.steps} (started_seq, segment, path, start_offset, end_offset, checksum, state)
SELECT e."startedSeq", e.segment, e.path, e.start, e."end", e.checksum, e.state
FROM json_to_recordset($1::json) AS e
  ("startedSeq" bigint, segment integer, path text, start bigint, "end" bigint, checksum text, state text)
ON CONFLICT (started_seq, segment) DO UPDATE SET path = excluded.path, start_offset = excluded.start_offset,
  end_offset = excluded.end_offset, checksum = excluded.checksum, state = excluded.state, updated_at = clock_timestamp()`;
}
