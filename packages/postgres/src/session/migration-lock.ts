/**
 * One migration at a time per database and ledger: a session-level advisory lock on the session that runs the SQL.
 *
 * It is polled, with jitter: a session that blocks in `pg_advisory_lock` holds a snapshot, for which
 * CREATE INDEX CONCURRENTLY of the holder would wait forever.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { SquizzleError, type LockOptions } from '@squizzle/core';
import { pause } from '../connection/abort.ts';
import type { Row, SqlConnection } from '../connection/sql-connection.ts';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { leadingWords, toCommand } from './watch/command-words.ts';

export const DEFAULT_WAIT_MS = 60_000;
const [FIRST_POLL_MS, LAST_POLL_MS] = [50, 250] as const;

/** Two int4, as text. */
export type LockKey = readonly [string, string];

export function toLockKey(names: LedgerNames): LockKey {
  const hash = createHash('sha256').update(`squizzle:${names.name}`).digest();
  return [String(hash.readInt32BE(0)), String(hash.readInt32BE(4))];
}

/**
 * Waits for the lock.
 *
 * @throws {SquizzleError} `LOCK_TIMEOUT` naming the holder; `CANCELLED`.
 */
export async function takeLock(connection: SqlConnection, key: LockKey, options: LockOptions): Promise<void> {
  const waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
  const deadline = performance.now() + waitMs;
  let told = false;
  for (
    let poll = FIRST_POLL_MS as number;
    !(await tryLock(connection, key));
    poll = Math.min(poll * 1.5, LAST_POLL_MS)
  ) {
    const left = deadline - performance.now();
    if (left <= 0) throw timedOut(await findHolder(connection, key), waitMs, key);
    if (!told) options.onWaiting?.(await findHolder(connection, key));
    told = true;
    await pause(Math.min(left, poll * (0.5 + Math.random() / 2)), options.signal, 'waiting for the migration lock');
  }
}

/** Taken twice, for {@link stillHeld}. */
async function tryLock(connection: SqlConnection, key: LockKey): Promise<boolean> {
  const [row] = await connection.query(`SELECT CASE WHEN ${takeSql(key)} THEN ${takeSql(key)} END AS taken`);
  return row?.['taken'] === 't';
}

/**
 * SQL that is true as long as the session holds the lock. One of its two holds is given back and taken again, so that
 * it is free at no moment; that costs next to nothing, where `pg_locks` reads all locks of the server.
 */
export function stillHeld(key: LockKey): string {
  return `(CASE WHEN ${freeSql(key)} THEN ${takeSql(key)} ELSE false END)`;
}

/** @returns whether the lock was ours until now. */
export async function freeLock(connection: SqlConnection, key: LockKey): Promise<boolean> {
  const [row] = await connection.query(`SELECT ${freeSql(key)} AS freed, ${freeSql(key)} AS again`);
  return row?.['freed'] === 't';
}

const takeSql = (key: LockKey): string => `pg_try_advisory_lock(${toArguments(key)})`;
const freeSql = (key: LockKey): string => `pg_advisory_unlock(${toArguments(key)})`;
const toArguments = ([first, second]: LockKey): string => `'${first}'::integer, '${second}'::integer`;

/** Whether the lock is held by the backend that answers, and which that is. */
export async function whoHolds(connection: SqlConnection, key: LockKey): Promise<{ pid: string; ours: boolean }> {
  const [row] = await connection.query(
    `SELECT pg_backend_pid() AS pid, EXISTS (${HOLDERS} AND l.pid = pg_backend_pid()) AS ours`,
    key,
  );
  return { pid: row?.['pid'] ?? '', ours: row?.['ours'] === 't' };
}

/** The two keys are shown as OIDs, which have no sign. */
const HOLDERS = `SELECT l.pid FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = ($1::integer::bigint & 4294967295) AND l.objid::bigint = ($2::integer::bigint & 4294967295)`;

const DESCRIBE_HOLDER = `SELECT h.pid, a.application_name, a.state, ${leadingWords('a.query')} AS words,
  to_char(a.state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
FROM (${HOLDERS}) h LEFT JOIN pg_stat_activity a ON a.pid = h.pid LIMIT 1`;

/** `pid 123 (squizzle 1.2.0 run 3f9a, active since 2026-01-02T03:04:05Z: ALTER TABLE)`; `null` when it has just ended. */
export async function findHolder(connection: SqlConnection, key: LockKey): Promise<string | null> {
  const [row] = await connection.query(DESCRIBE_HOLDER, key);
  return row === undefined ? null : describeHolder(row);
}

function describeHolder(row: Row): string {
  const state = row['state'] == null ? '' : `, ${row['state']} since ${row['since'] ?? 'an unknown time'}`;
  const name = row['application_name'] == null || row['application_name'] === '' ? 'unnamed' : row['application_name'];
  const command = toCommand(row['words'] ?? null);
  return `pid ${row['pid'] ?? '?'} (${name}${state}${command === null ? '' : `: ${command}`})`;
}

function timedOut(holder: string | null, waitMs: number, key: LockKey): SquizzleError {
  const pid = /\d+/.exec(holder ?? '')?.[0];
  const look = pid === undefined ? inspectSql(key) : `SELECT * FROM pg_stat_activity WHERE pid = ${pid}`;
  const end = pid === undefined ? '' : `; if it is dead work, end it with SELECT pg_terminate_backend(${pid})`;
  const message = `another migration holds the lock: ${holder ?? 'unknown'}. Waited ${waitMs} ms. Look at it with ${look}${end}`;
  return new SquizzleError('LOCK_TIMEOUT', message, { waitMs, holder });
}

function inspectSql([first, second]: LockKey): string {
  const [classid, objid] = [Number(first) >>> 0, Number(second) >>> 0];
  return `SELECT * FROM pg_locks WHERE locktype = 'advisory' AND classid = ${classid} AND objid = ${objid}`;
}
