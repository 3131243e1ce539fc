/**
 * What stands in a migration's way beside the ledger and the indexes: detaches that were not finished, and transactions
 * that others leave open. Never the text of a query: it may hold secrets.
 *
 * @module
 */
import type { OpenTransaction, PendingDetach } from '@squizzle/core';
import type { SqlConnection } from '../connection/sql-connection.ts';

/** `inhdetachpending` came with PostgreSQL 14. */
const PENDING_DETACHES = `
SELECT format('%I.%I', pn.nspname, p.relname) AS table, format('%I.%I', cn.nspname, c.relname) AS partition
FROM pg_catalog.pg_inherits i
JOIN pg_catalog.pg_class p ON p.oid = i.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
WHERE p.relkind = 'p' AND (to_jsonb(i) ->> 'inhdetachpending')::boolean ORDER BY 1, 2`;

export async function findPendingDetaches(connection: SqlConnection): Promise<readonly PendingDetach[]> {
  const rows = await connection.query(PENDING_DETACHES);
  return rows.map((row) => ({ table: row['table'] ?? '', partition: row['partition'] ?? '' }));
}

/** Since when a transaction is open is hidden from roles that may not see it: theirs are left out. */
const OPEN_TRANSACTIONS = `
SELECT pid, coalesce(application_name, '') AS name, coalesce(state, 'unknown') AS state,
  floor(extract(epoch FROM clock_timestamp() - xact_start)) AS seconds
FROM pg_catalog.pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
  AND xact_start <= clock_timestamp() - make_interval(secs => $1::double precision) ORDER BY xact_start, pid`;

export async function findOpenTransactions(
  connection: SqlConnection,
  openForSeconds: number,
): Promise<readonly OpenTransaction[]> {
  const rows = await connection.query(OPEN_TRANSACTIONS, [String(openForSeconds)]);
  return rows.map((row) => ({
    pid: Number(row['pid']),
    applicationName: row['name'] ?? '',
    state: row['state'] ?? '',
    sinceSeconds: Number(row['seconds']),
  }));
}
