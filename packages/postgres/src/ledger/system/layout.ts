/**
 * The ledger's tables as data: what is created, and what an examination looks for.
 *
 * Types are written as the catalog writes them, so that they compare. A table's `since` is the system version that
 * brought it.
 *
 * @module
 */
import type { LedgerNames } from '../ledger-names.ts';

export interface LedgerColumn {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly type: string;
  /** The rest of its definition. */
  readonly rest: string;
}

export interface LedgerTable {
  readonly name: 'ledger' | 'steps' | 'meta' | 'snapshots';
  readonly since: number;
  readonly columns: readonly LedgerColumn[];
  readonly primaryKey: readonly string[];
}

/** The events that `ledger.event` may hold. */
export const EVENT_CHECK = "CHECK (event IN ('started', 'applied', 'reverted', 'baselined', 'failed', 'repaired'))";

/** What `steps.state` may be. */
export const STATE_CHECK = "CHECK (state IN ('started', 'ran', 'finished', 'skipped'))";

const NOW = 'NOT NULL DEFAULT clock_timestamp()';
const column = (name: string, type: string, rest = ''): LedgerColumn => ({ name, type, rest });
const text = (name: string, rest = 'NOT NULL'): LedgerColumn => column(name, 'text', rest);
const bigint = (name: string, rest = 'NOT NULL'): LedgerColumn => column(name, 'bigint', rest);
const time = (name: string, rest = 'NOT NULL'): LedgerColumn => column(name, 'timestamp with time zone', rest);

export const LEDGER_COLUMNS: readonly LedgerColumn[] = [
  bigint('seq', 'CHECK (seq > 0)'),
  text('event', `NOT NULL ${EVENT_CHECK}`),
  text('version'),
  text('artifact_digest'),
  text('checksum'),
  column('signer', 'jsonb'),
  text('actor'),
  text('environment'),
  text('client'),
  time('started_at'),
  time('finished_at'),
  bigint('duration_ms'),
  text('schema_digest', ''),
  column('details', 'jsonb', 'NOT NULL'),
  text('previous_hash', ''),
  text('hash'),
  time('recorded_at', NOW),
];

const steps = (ledger: string): readonly LedgerColumn[] => [
  bigint('started_seq', `NOT NULL REFERENCES ${ledger} (seq)`),
  column('segment', 'integer', 'NOT NULL'),
  text('path'),
  bigint('start_offset', ''),
  bigint('end_offset', ''),
  text('checksum'),
  text('state', `NOT NULL ${STATE_CHECK}`),
  time('updated_at', NOW),
];

export const SNAPSHOTS: LedgerTable = {
  name: 'snapshots',
  since: 2,
  columns: [text('digest', ''), column('content', 'bytea', 'NOT NULL'), time('recorded_at', NOW)],
  primaryKey: ['digest'],
};

/** In the order they are created in. */
export function ledgerTables(names: LedgerNames): readonly LedgerTable[] {
  return [
    { name: 'ledger', since: 1, columns: LEDGER_COLUMNS, primaryKey: ['seq'] },
    { name: 'steps', since: 1, columns: steps(names.ledger), primaryKey: ['started_seq', 'segment'] },
    { name: 'meta', since: 1, columns: [text('key', ''), text('value')], primaryKey: ['key'] },
    SNAPSHOTS,
  ];
}

export function createTable(names: LedgerNames, table: LedgerTable): string {
  const columns = table.columns.map(({ name, type, rest }) => `  ${name} ${type} ${rest}`.trimEnd());
  return `CREATE TABLE ${names[table.name]} (\n${columns.join(',\n')},\n  PRIMARY KEY (${table.primaryKey.join(', ')})\n);`;
}
