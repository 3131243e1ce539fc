/**
 * Refuses databases that cannot take migrations: standbys, read-only ones, and poolers that share sessions.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { Open } from '../connection/opener.ts';
import type { PgConnection } from '../connection/pg-connection.ts';
import type { SqlConnection } from '../connection/sql-connection.ts';
import { freeLock, whoHolds, type LockKey } from './migration-lock.ts';
import { isSharedSession } from './pooler.ts';

/** To be called before anything is set or locked. */
export async function requireOwnSession(
  own: PgConnection,
  open: Open,
  signal: AbortSignal | undefined,
  description: string,
): Promise<void> {
  if (await isSharedSession(own, open, signal)) throw shared(description);
}

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

const FREEING_TRIES = 10;

/** To be called with the lock taken: the backend that we know must have it. Else what was taken is given back. */
export async function requireOwnLock(
  connection: SqlConnection,
  key: LockKey,
  pid: string,
  description: string,
): Promise<void> {
  const holder = await whoHolds(connection, key);
  if (holder.ours && holder.pid === pid) return;
  for (let tries = 0; tries < FREEING_TRIES; tries += 1) if (await freeLock(connection, key)) break;
  throw shared(description);
}

function shared(description: string): SquizzleError {
  const reason =
    'a pooler in front of it gives one session several backends (it pools transactions or statements), so a lock cannot be held: set SQUIZZLE_MIGRATION_DATABASE_URL to the server itself or to a pool in session mode';
  return unsuitable(description, reason);
}

function unsuitable(description: string, reason: string): SquizzleError {
  const message = `${description} cannot take migrations: ${reason}`;
  return new SquizzleError('DATABASE_UNSUITABLE', message, { database: description, reason });
}
