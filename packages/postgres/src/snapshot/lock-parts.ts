/**
 * Families that the server locks tables for are read in parts, each in a savepoint that is rolled back, which frees its
 * locks: all sessions share one table of locks, and thousands of views would use it up for everybody.
 *
 * How many tables a query reads is known from `pg_depend`. Parts are ranges of OIDs, so that none is left out.
 *
 * @module
 */
import { allAnswers } from '../all-answers.ts';
import type { SqlConnection, Table } from '../connection/sql-connection.ts';
import { quoteLiteral } from '../identifier.ts';
import { madeByUser, type Locking } from './families/family.ts';

/** Of one part, beside those of its last query. A server as it comes has room for 6,400. */
export const LOCKS_AT_ONCE = 500;

/** Per catalog the last OID of each part, ascending. */
export type Parts = ReadonlyMap<string, readonly string[]>;

export async function findParts(connection: SqlConnection, locksAtOnce: number): Promise<Parts> {
  const parts = new Map<string, string[]>();
  for (const row of await connection.query(partsSql(locksAtOnce))) {
    const catalog = row['catalog'] ?? '';
    parts.set(catalog, [...(parts.get(catalog) ?? []), row['last'] ?? '']);
  }
  return parts;
}

const partsSql = (locksAtOnce: number): string => `SELECT catalog, max(objid) AS last FROM (
  SELECT c.relname AS catalog, d.objid,
    (sum(d.tables) OVER (PARTITION BY d.classid ORDER BY d.objid) - d.tables) / ${locksAtOnce} AS part
  FROM (
    SELECT classid, objid, count(DISTINCT refobjid)::integer AS tables FROM pg_catalog.pg_depend
    WHERE refclassid = 'pg_catalog.pg_class'::regclass AND classid IN (
      'pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_policy'::regclass)
      AND ${madeByUser('objid')}
    GROUP BY classid, objid) d
  JOIN pg_catalog.pg_class c ON c.oid = d.classid) parted
GROUP BY catalog, part ORDER BY catalog, last`;

/** One condition for each part; the first has no start and the last no end. */
export function toConditions({ catalog, oid }: Locking, parts: Parts): readonly string[] {
  const ends = parts.get(catalog)?.slice(0, -1) ?? [];
  const starts = ['', ...ends.map((end) => ` AND ${oid} > ${quoteLiteral(end)}`)];
  return starts.map((start, index) => {
    const end = ends[index];
    return end === undefined ? start : `${start} AND ${oid} <= ${quoteLiteral(end)}`;
  });
}

const BEGIN = 'SAVEPOINT squizzle_part';
/** After a failure the first statement fails too, so that the savepoint stays and nothing else is tried. */
const UNDO = 'SELECT; ROLLBACK TO SAVEPOINT squizzle_part; RELEASE SAVEPOINT squizzle_part';

/** Sent at once. */
export async function readPart(connection: SqlConnection, sql: string): Promise<Table> {
  const [, table] = await allAnswers([connection.send(BEGIN), connection.table(sql), connection.send(UNDO)]);
  return table;
}
