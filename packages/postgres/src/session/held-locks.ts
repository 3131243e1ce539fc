/**
 * Locks that the open transaction holds on relations that others may want too.
 *
 * A relation made by the transaction itself is locked by it as well, and nobody else can see it: those are left out. They are
 * known by their row in `pg_attribute` for the column `tableoid`, which is written once and never changed; views and
 * composite types have no such row and are known by the one in `pg_class`. That row bears the transaction's number or, from a
 * block with EXCEPTION, a subtransaction's, which is later and still in progress; a later one that has ended is another's.
 *
 * @see https://www.postgresql.org/docs/current/explicit-locking.html
 * @module
 */
import type { HeldLock } from '@squizzle/core';
import type { SqlConnection } from '../connection/sql-connection.ts';

/** Far more than one transaction can have; a number beyond is one from before the counter's last turn (2^32). */
const MAX_SUBTRANSACTIONS = 1_000_000;

/**
 * `age` counts back from the transaction's own number. Of a number beyond the horizon the status may not be asked; nothing
 * of others is seen from there.
 */
const HELD_LOCKS = `
SELECT format('%I.%I', n.nspname, c.relname) AS target, l.mode
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = -6
CROSS JOIN (SELECT pg_current_xact_id()::text::bigint AS id,
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS horizon) own
CROSS JOIN LATERAL (SELECT coalesce(a.xmin, c.xmin) AS by, own.id - age(coalesce(a.xmin, c.xmin)) AS at) made
WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> $1
  AND NOT CASE
    WHEN age(made.by) > 0 THEN false
    WHEN made.at < own.horizon THEN pg_xact_status(made.at::text::xid8) = 'in progress'
    ELSE made.at < own.horizon + ${MAX_SUBTRANSACTIONS}
  END
ORDER BY 1, array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock',
  'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock', 'AccessShareLock'], l.mode)`;

/** @param ledgerSchema left out: its tables are ours. */
export async function readHeldLocks(connection: SqlConnection, ledgerSchema: string): Promise<readonly HeldLock[]> {
  const rows = await connection.query(HELD_LOCKS, [ledgerSchema]);
  return rows.map((row) => ({ target: row['target'] ?? '', mode: row['mode'] ?? '' }));
}
