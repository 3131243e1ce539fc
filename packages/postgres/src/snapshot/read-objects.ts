/**
 * All families, read inside a transaction under pinned settings, so that the same schema gives the same texts.
 *
 * @module
 */
import type { SchemaObject, SchemaSnapshot } from '@squizzle/core';
import { allAnswers } from '../all-answers.ts';
import type { SqlConnection, Table } from '../connection/sql-connection.ts';
import { quoteLiteral } from '../identifier.ts';
import { FAMILIES } from './families/all-families.ts';
import type { Family } from './families/family.ts';
import { findParts, LOCKS_AT_ONCE, readPart, toConditions, type Parts } from './lock-parts.ts';
import { sortObjects } from './sort-objects.ts';

/**
 * Whatever the server writes constants and names by; an empty path makes it qualify every name. And what it would plan
 * badly by: catalogs of thousands of objects are small data.
 */
const PINS = [
  "search_path = ''",
  "TimeZone = 'UTC'",
  "DateStyle = 'ISO, MDY'",
  "IntervalStyle = 'postgres'",
  'extra_float_digits = 1',
  "bytea_output = 'hex'",
  "lc_monetary = 'C'",
  'standard_conforming_strings = on',
  'quote_all_identifiers = off',
  'jit = off',
  "work_mem = '64MB'",
]
  .map((setting) => `SET LOCAL ${setting}`)
  .join('; ');
const UNDO = 'ROLLBACK TO SAVEPOINT squizzle_snapshot; RELEASE SAVEPOINT squizzle_snapshot';

/**
 * Needs a transaction. The savepoint brings the settings back.
 *
 * @param locksAtOnce how many tables are locked at a time to write out what reads them.
 */
export async function readObjects(
  connection: SqlConnection,
  ledgerSchema: string,
  locksAtOnce = LOCKS_AT_ONCE,
): Promise<SchemaSnapshot> {
  const schema = quoteLiteral(ledgerSchema);
  const begun = connection.send(`SAVEPOINT squizzle_snapshot; ${PINS}`);
  const parts = findParts(connection, locksAtOnce);
  const answers = FAMILIES.map((family) => readFamily(connection, family, schema, parts));
  const undo = (): Promise<unknown> => connection.send(UNDO);
  const undone = parts.then(undo, undo); // after the families, which have waited for the parts before this does
  const [, read] = await allAnswers([begun, allAnswers(answers), undone]);
  return { objects: sortObjects(read.flat()) };
}

async function readFamily(
  connection: SqlConnection,
  family: Family,
  schema: string,
  parts: Promise<Parts>,
): Promise<readonly SchemaObject[]> {
  const { locking } = family;
  const sql = family.sql.replaceAll('$1', () => schema);
  if (locking === null) return toObjects(await connection.table(sql), family);
  const conditions = toConditions(locking, await parts);
  const tables = await allAnswers(conditions.map((condition) => readPart(connection, sql + condition)));
  return tables.flatMap((table) => toObjects(table, family));
}

function toObjects({ types, rows }: Table, { properties }: Family): readonly SchemaObject[] {
  const readers = types.slice(2).map((type) => READERS.get(type) ?? asText);
  return rows.map((row) => toObject(row, properties, readers));
}

type Value = SchemaObject['definition'][string];
type Reader = (text: string) => Value;

const asText: Reader = (text) => text;
/** By the OID of the type: boolean, bigint, integer, json. */
const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [16, (text) => text === 't'],
  [20, Number],
  [23, Number],
  [114, (text) => JSON.parse(text) as readonly string[]],
]);

function toObject(row: Table['rows'][number], properties: readonly string[], readers: readonly Reader[]): SchemaObject {
  const definition: Record<string, Value> = {};
  for (const [index, property] of properties.entries()) {
    const text = row[index + 2];
    if (text != null) definition[property] = (readers[index] ?? asText)(text);
  }
  return { kind: row[0] ?? '', name: row[1] ?? '', definition };
}
