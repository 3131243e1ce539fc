/**
 * Refuses databases that cannot take migrations: standbys, read-only ones, and poolers that share sessions.
 *
 * A transaction-pooling proxy answers each transaction of one client by any backend, so a session's lock would belong
 * to whoever comes next. It gives itself away: it announces a backend that is not the one that answers, and what a
 * second client is served by is then the very backend that holds "our" lock.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { SqlConnection } from '../connection/sql-connection.ts';
import { whoHolds, type LockKey } from './migration-lock.ts';

const PROBES = 3;

export async function requireWritable(connection: SqlConnection, description: string): Promise<void> {
  const [row] = await connection.query(
    "SELECT pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only')::boolean AS read_only",
  );
  if (row?.['standby'] === 't') throw unsuitable(description, 'it is a standby: connect to the primary');
  if (row?.['read_only'] === 't') {
    throw unsuitable(
      description,
      'default_transaction_read_only is on for it, for the role or for the server: turn it off',
    );
  }
}

export interface SharedSessionProbe {
  readonly connection: SqlConnection;
  readonly key: LockKey;
  readonly description: string;
  /** The backend that the start-up announced. */
  readonly announcedPid: number | null;
  /** A second client of the same database. */
  openSecond(): Promise<SqlConnection>;
}

/** To be called with the lock taken. */
export async function requireOwnSession(probe: SharedSessionProbe): Promise<void> {
  const { connection, key, description } = probe;
  const first = await whoHolds(connection, key);
  for (let count = 1; count < PROBES; count += 1) {
    const again = await whoHolds(connection, key);
    if (!again.ours || again.pid !== first.pid) throw shared(description);
  }
  if (!first.ours) throw shared(description);
  const isProxy = probe.announcedPid !== null && String(probe.announcedPid) !== first.pid;
  if (isProxy && (await secondIsServedBy(probe, first.pid))) throw shared(description);
}

/** Opens a transaction, so that a pooler has to give the second client a backend: a free one, if it has any. */
async function secondIsServedBy({ openSecond }: SharedSessionProbe, pid: string): Promise<boolean> {
  const second = await openSecond();
  try {
    await second.send('BEGIN');
    const [row] = await second.query('SELECT pg_backend_pid() AS pid');
    return row?.['pid'] === pid;
  } finally {
    await second.close();
  }
}

function shared(description: string): SquizzleError {
  const reason =
    'a pooler in front of it gives one session several backends (transaction pooling), so a lock cannot be held: set SQUIZZLE_MIGRATION_DATABASE_URL to the server itself or to a pool in session mode';
  return unsuitable(description, reason);
}

function unsuitable(description: string, reason: string): SquizzleError {
  const message = `${description} cannot take migrations: ${reason}`;
  return new SquizzleError('DATABASE_UNSUITABLE', message, { database: description, reason });
}
