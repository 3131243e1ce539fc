/**
 * All families, read inside a transaction under pinned settings, so that the same schema gives the same texts.
 *
 * @module
 */
import type { SchemaObject, SchemaSnapshot } from '@squizzle/core';
import type { Row, SqlConnection } from '../connection/sql-connection.ts';
import { CONSTRAINTS, INDEXES } from './constraints.ts';
import { POLICIES } from './policies.ts';
import { AGGREGATES, EVENT_TRIGGERS, ROUTINES, TRIGGERS } from './routines.ts';
import { EXTENSIONS, SCHEMAS } from './schemas.ts';
import { COLUMNS, STATISTICS, TABLES } from './tables.ts';
import { SEQUENCES, TYPES } from './types.ts';
import { RULES, VIEWS } from './views.ts';

const FAMILIES = [
  SCHEMAS,
  EXTENSIONS,
  TABLES,
  COLUMNS,
  STATISTICS,
  CONSTRAINTS,
  INDEXES,
  VIEWS,
  RULES,
  ROUTINES,
  AGGREGATES,
  TRIGGERS,
  EVENT_TRIGGERS,
  SEQUENCES,
  TYPES,
  POLICIES,
];
/** Whatever the server writes constants and names by. An empty path makes it qualify every name. */
const PINNED = [
  "search_path = ''",
  "TimeZone = 'UTC'",
  "DateStyle = 'ISO, MDY'",
  "IntervalStyle = 'postgres'",
  'extra_float_digits = 1',
  "bytea_output = 'hex'",
  'quote_all_identifiers = off',
];

/** Needs a transaction. The savepoint brings the settings back. */
export async function readObjects(connection: SqlConnection, ledgerSchema: string): Promise<SchemaSnapshot> {
  const pins = PINNED.map((setting) => `SET LOCAL ${setting}`).join('; ');
  const [, answers] = await Promise.all([
    connection.send(`SAVEPOINT squizzle_snapshot; ${pins}`),
    Promise.all(FAMILIES.map((sql) => connection.query(sql, sql.includes('$1') ? [ledgerSchema] : []))),
    connection.send('ROLLBACK TO SAVEPOINT squizzle_snapshot; RELEASE SAVEPOINT squizzle_snapshot'),
  ]);
  return { objects: answers.flat().map(toObject).sort(byKindAndName) };
}

function toObject(row: Row): SchemaObject {
  const definition = JSON.parse(row['definition'] ?? '{}') as SchemaObject['definition'];
  return { kind: row['kind'] ?? '', name: row['name'] ?? '', definition };
}

/** By bytes. UTF-16 units sort differently from UTF-8 above U+FFFF. */
function byKindAndName(a: SchemaObject, b: SchemaObject): number {
  return Buffer.compare(Buffer.from(`${a.kind}\0${a.name}`), Buffer.from(`${b.kind}\0${b.name}`));
}
