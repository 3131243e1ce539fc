/**
 * The catalog queries behind {@link file://./statement-effects.ts}. `parse_ident` folds and unquotes a name as the
 * server's parser does; the cast to `name` cuts it as the server would.
 *
 * @module
 */

type NamedKind = `${'create' | 'drop'}-${'database' | 'tablespace' | 'subscription'}`;

/** $1 table, $2 index. An index lies in its table's schema. REINDEX's own leftovers (`…_ccnew`) have other names. */
export const FIND_CREATED_INDEX = `
SELECT format('%I.%I', n.nspname, c.relname) AS name, coalesce(i.indrelid = t.oid, false) AS ours,
  i.indisvalid AND i.indisready AS usable
FROM pg_class t
JOIN pg_class c ON c.relnamespace = t.relnamespace AND c.relname = (parse_ident($2))[1]::name
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE t.oid = to_regclass($1)`;

/** One that was invalidated half way is still there: the statement can run again. */
export const FIND_DROPPED_INDEX = 'SELECT 1 WHERE to_regclass($1) IS NOT NULL';

/** $1 table, $2 partition. `inhdetachpending` came with PostgreSQL 14. */
export const FIND_PARTITION = `
SELECT to_regclass($1)::text AS parent, to_regclass($2)::text AS child, i.inhrelid IS NOT NULL AS attached,
  to_jsonb(i) ->> 'inhdetachpending' AS pending
FROM (SELECT 1) one
LEFT JOIN pg_inherits i ON i.inhparent = to_regclass($1) AND i.inhrelid = to_regclass($2)`;

export const CLEAR_DETACH = `
SELECT format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', to_regclass($1), to_regclass($2)) AS sql`;

const CATALOGS = {
  database: 'SELECT 1 FROM pg_database WHERE datname = (parse_ident($1))[1]::name',
  tablespace: 'SELECT 1 FROM pg_tablespace WHERE spcname = (parse_ident($1))[1]::name',
  subscription: `SELECT 1 FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = current_database() AND s.subname = (parse_ident($1))[1]::name`,
} as const;

export function findByName(kind: NamedKind): string {
  return CATALOGS[kind.slice(kind.indexOf('-') + 1) as keyof typeof CATALOGS];
}
