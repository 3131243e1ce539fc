/**
 * Examines the ledger: its version, its whole journal, and whether its parts are as they were made.
 *
 * Only what the catalog says to be there is read, so that a damaged ledger is described and not an error.
 *
 * @module
 */
import { isSquizzleError, type JournalEntry, type LedgerExamination, type LedgerFault } from '@squizzle/core';
import type { SqlConnection } from '../connection/sql-connection.ts';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { parseEntry, STEP_COLUMNS } from '../ledger/ledger-rows.ts';
import { parseSystemVersion, SYSTEM_VERSION } from '../ledger/system/system-version.ts';
import { readLedgerFacts, type LedgerFacts } from './ledger-facts.ts';
import { findLedgerFaults } from './ledger-faults.ts';

/** A layout that cannot be known is compared with the oldest one. */
const UNKNOWN = 0;

/** Needs an empty search path. `systemVersion` is 0 where none can be read. Of a newer version than is known nothing more is told. */
export async function examineLedger(connection: SqlConnection, names: LedgerNames): Promise<LedgerExamination | null> {
  const facts = await readLedgerFacts(connection, names);
  if (facts === null) return null;
  const systemVersion = await readVersion(connection, names, facts);
  const known = { systemVersion, knownSystemVersion: SYSTEM_VERSION };
  if (systemVersion > SYSTEM_VERSION) return { ...known, journal: [], faults: [] };
  const { entries, faults } = await readJournal(connection, names, facts);
  const versionFaults = faultsOfVersion(facts, systemVersion);
  const ofParts = findLedgerFaults(facts, names, Math.max(1, systemVersion));
  return { ...known, journal: entries, faults: [...versionFaults, ...ofParts, ...faults] };
}

async function readVersion(connection: SqlConnection, names: LedgerNames, facts: LedgerFacts): Promise<number> {
  if (!hasColumns(facts, 'meta', ['key', 'value'])) return UNKNOWN;
  const [row] = await connection.query(
    `SELECT value::text AS value FROM ${names.meta} WHERE key::text = 'system_version'`,
  );
  return parseSystemVersion(row?.['value'] ?? null) ?? UNKNOWN;
}

/** Where the table is missing, that is told with the tables. */
function faultsOfVersion(facts: LedgerFacts, systemVersion: number): readonly LedgerFault[] {
  if (systemVersion !== UNKNOWN || !hasColumns(facts, 'meta', ['key', 'value'])) return [];
  return [{ part: `system_version in ${facts.schema}.meta`, state: 'altered' }];
}

interface Journal {
  readonly entries: readonly JournalEntry[];
  readonly faults: readonly LedgerFault[];
}

async function readJournal(connection: SqlConnection, names: LedgerNames, facts: LedgerFacts): Promise<Journal> {
  if (!hasColumns(facts, 'steps', STEP_COLUMNS.split(', '))) return { entries: [], faults: [] };
  const [row] = await connection.query(`SELECT coalesce(json_agg(s), '[]')::text AS journal FROM (
    SELECT ${STEP_COLUMNS} FROM ${names.steps} ORDER BY started_seq, segment) s`);
  const rows = JSON.parse(row?.['journal'] ?? '[]') as readonly Readonly<Record<string, unknown>>[];
  const read = rows.map((each) => parseOrFault(each, facts));
  return {
    entries: read.flatMap((each) => ('state' in each && 'segment' in each ? [each] : [])),
    faults: read.flatMap((each) => ('part' in each ? [each] : [])),
  };
}

function parseOrFault(row: Readonly<Record<string, unknown>>, { schema }: LedgerFacts): JournalEntry | LedgerFault {
  try {
    return parseEntry(row);
  } catch (error) {
    if (!isSquizzleError(error, 'LEDGER_INVALID')) throw error;
    const place = `${String(row['started_seq'])}/${String(row['segment'])}`;
    return { part: `row ${place} of ${schema}.steps`, state: 'altered' };
  }
}

function hasColumns({ relations }: LedgerFacts, table: string, columns: readonly string[]): boolean {
  const found = new Set(relations[table]?.columns.map(([name]) => name));
  return columns.every((column) => found.has(column));
}
