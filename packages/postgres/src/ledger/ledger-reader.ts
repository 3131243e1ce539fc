/**
 * Reads the whole history in one statement, so that events and journal belong together.
 *
 * @module
 */
import { EMPTY_HISTORY, type History } from '@squizzle/core';
import { failedWith, type Row, type SqlConnection } from '../connection/sql-connection.ts';
import { toLedgerError } from './ledger-errors.ts';
import type { LedgerNames } from './ledger-names.ts';
import { parseEvents, parseJournal, STEP_COLUMNS } from './ledger-rows.ts';
import { requireKnownVersion } from './system/system-version.ts';

const UNDEFINED_TABLE = '42P01';

/** @throws {SquizzleError} `DATABASE_DENIED`, `LEDGER_INVALID`, `CONNECTION_LOST`. */
export async function readLedger(connection: SqlConnection, names: LedgerNames, description: string): Promise<History> {
  try {
    return (await readOrNull(connection, names)) ?? (await readAgain(connection, names));
  } catch (error) {
    throw toLedgerError(error, names, description, 'read the ledger');
  }
}

/** `null` where a table is missing. */
async function readOrNull(connection: SqlConnection, names: LedgerNames): Promise<History | null> {
  try {
    const [row] = await connection.query(historySql(names));
    return toHistory(row ?? {}, names);
  } catch (error) {
    if (failedWith(error, UNDEFINED_TABLE)) return null;
    throw error;
  }
}

/** A ledger that is there now may have been made, by another run, since it was missing: only then is it looked at twice. */
async function readAgain(connection: SqlConnection, names: LedgerNames): Promise<History> {
  if (await isAbsent(connection, names)) return EMPTY_HISTORY;
  const [row] = await connection.query(historySql(names));
  return toHistory(row ?? {}, names);
}

function toHistory(row: Row, names: LedgerNames): History {
  requireKnownVersion(row['system_version'] ?? null, names);
  return { initialized: true, events: parseEvents(row['events'] ?? ''), journal: parseJournal(row['journal'] ?? '') };
}

/** No table of ours is there: not a ledger with a missing part, but none yet. */
async function isAbsent(connection: SqlConnection, names: LedgerNames): Promise<boolean> {
  const [row] = await connection.query(
    'SELECT coalesce(to_regclass($1), to_regclass($2), to_regclass($3)) IS NULL AS absent',
    [names.ledger, names.steps, names.meta],
  );
  return row?.['absent'] === 't';
}

/** Of the journal, what belongs to the last event: if that is no `started`, there is nothing. */
function historySql(names: LedgerNames): string {
  return `SELECT
  (SELECT value FROM ${names.meta} WHERE key = 'system_version') AS system_version,
  (SELECT coalesce(json_agg(e ORDER BY e.seq), '[]') FROM (
    SELECT seq, event, version, artifact_digest, checksum, signer, actor, environment, client,
      ${toIsoTime('started_at')} AS started_at, ${toIsoTime('finished_at')} AS finished_at, duration_ms, schema_digest, details,
      previous_hash, hash
    FROM ${names.ledger}) e)::text AS events,
  (SELECT coalesce(json_agg(s ORDER BY s.segment), '[]') FROM (
    SELECT ${STEP_COLUMNS} FROM ${names.steps}
    WHERE started_seq = (SELECT max(seq) FROM ${names.ledger} WHERE event NOT IN ('failed', 'repaired'))) s)::text AS journal`;
}

function toIsoTime(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
