/**
 * Looks which lock a backend waits for, and who is in its way.
 *
 * @see https://www.postgresql.org/docs/current/view-pg-locks.html
 * @module
 */
import type { LockConflict, LockHolder } from '@squizzle/core';
import type { Row, SqlConnection } from '../../connection/sql-connection.ts';
import { leadingWords, toCommand } from './command-words.ts';

/**
 * $1 backend. `pg_blocking_pids` holds up the lock manager of the whole server for a moment, so it is asked only where
 * the backend is known to wait. Prepared transactions have the number 0. `waitstart` came with PostgreSQL 14.
 */
const FIND_CONFLICT = `
SELECT coalesce(r.name, l.locktype) AS target, l.mode,
  round(extract(epoch FROM clock_timestamp() - coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, a.state_change)) * 1000)
    AS waited_ms,
  (SELECT json_agg(json_build_object('pid', b.pid, 'name', coalesce(h.application_name, ''), 'state', h.state,
      'since', to_char(h.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'words', CASE WHEN b.pid = 0 THEN 'PREPARE TRANSACTION' ELSE ${leadingWords('h.query')} END) ORDER BY b.pid)
    FROM (SELECT DISTINCT unnest(pg_blocking_pids(a.pid)) AS pid) b LEFT JOIN pg_stat_activity h ON h.pid = b.pid AND b.pid > 0
  )::text AS holders
FROM pg_stat_activity a
JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
LEFT JOIN (
  SELECT c.oid, n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
) r ON r.oid = l.relation AND l.database IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
WHERE a.pid = $1::integer AND a.wait_event_type = 'Lock' LIMIT 1`;

/** @returns `null` where it waits for no lock that anybody holds. */
export async function findConflict(connection: SqlConnection, pid: string): Promise<LockConflict | null> {
  const [row] = await connection.query(FIND_CONFLICT, [pid]);
  const conflict = row === undefined ? null : toConflict(row);
  return conflict === null || conflict.holders.length === 0 ? null : conflict;
}

interface HolderRow {
  readonly pid: number;
  readonly name: string;
  readonly state: string | null;
  readonly since: string | null;
  readonly words: string | null;
}

function toConflict(row: Row): LockConflict {
  const holders = JSON.parse(row['holders'] ?? '[]') as readonly HolderRow[];
  return {
    target: row['target'] ?? '',
    mode: row['mode'] ?? '',
    waitedMs: Math.max(0, Number(row['waited_ms'] ?? 0)),
    holders: holders.map(toHolder),
  };
}

function toHolder({ pid, name, state, since, words }: HolderRow): LockHolder {
  return { pid, applicationName: name, state, since, command: toCommand(words) };
}
