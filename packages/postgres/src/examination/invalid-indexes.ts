/**
 * Indexes that do not serve: CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY was stopped half way, or is at work.
 *
 * An index of a partitioned table that waits for those of its partitions is as it should be and left out.
 *
 * @see https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY
 * @module
 */
import type { InvalidIndex } from '@squizzle/core';
import type { SqlConnection } from '../connection/sql-connection.ts';

/**
 * REINDEX CONCURRENTLY names what it makes and what it replaces after the index itself, cut where the name gets too
 * long: so a remnant has that index beside it, on the same table. Without one, somebody may have chosen the name.
 */
const IS_REMNANT = `c.relname ~ '_cc(new|old)[0-9]*$' AND EXISTS (
    SELECT 1 FROM pg_catalog.pg_index oi JOIN pg_catalog.pg_class o ON o.oid = oi.indexrelid
    CROSS JOIN LATERAL regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '') base
    WHERE oi.indrelid = i.indrelid AND o.oid <> c.oid
      AND (o.relname = base OR (octet_length(c.relname) >= 60 AND starts_with(o.relname, base))))`;

/**
 * Which table a build works on is hidden from roles without `pg_read_all_stats`; the lock that it holds on it is not. A
 * TOAST table is rebuilt with its own.
 */
const IS_BEING_BUILT = `EXISTS (SELECT 1 FROM pg_catalog.pg_stat_progress_create_index p
    WHERE p.datid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
      AND (p.relid IN (t.oid, m.oid) OR (p.relid IS NULL AND EXISTS (SELECT 1 FROM pg_catalog.pg_locks l
        WHERE l.pid = p.pid AND l.database = p.datid AND l.relation IN (t.oid, m.oid) AND l.granted
          AND l.mode = 'ShareUpdateExclusiveLock'))))`;

const INVALID = `
SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS index, format('%I.%I', mn.nspname, coalesce(m.relname, t.relname)) AS table,
  ${IS_REMNANT} AS remnant, ${IS_BEING_BUILT} AS being_built, i.indisunique AS unique
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_catalog.pg_class m ON t.relkind = 't' AND m.reltoastrelid = t.oid
JOIN pg_catalog.pg_namespace mn ON mn.oid = coalesce(m.relnamespace, t.relnamespace)
WHERE c.relkind = 'i' AND NOT (i.indisvalid AND i.indisready AND i.indislive)
  AND mn.nspname !~ '^pg_' AND mn.nspname <> 'information_schema'`;

export interface FoundIndex {
  readonly oid: string;
  readonly facts: InvalidIndex;
}

export async function findInvalidIndexes(connection: SqlConnection): Promise<readonly FoundIndex[]> {
  return toIndexes(
    await connection.query(`${INVALID} ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"`),
  );
}

/** `undefined`: there is none of that name, or it is valid. @param index quoted as SQL needs it, with its schema. */
export async function findInvalidIndex(connection: SqlConnection, index: string): Promise<FoundIndex | undefined> {
  return toIndexes(await connection.query(`${INVALID} AND c.oid = to_regclass($1)`, [index]))[0];
}

function toIndexes(rows: readonly Readonly<Record<string, string | null>>[]): readonly FoundIndex[] {
  return rows.map((row) => ({
    oid: row['oid'] ?? '',
    facts: {
      index: row['index'] ?? '',
      table: row['table'] ?? '',
      isRemnant: row['remnant'] === 't',
      isBeingBuilt: row['being_built'] === 't',
      isUnique: row['unique'] === 't',
    },
  }));
}
