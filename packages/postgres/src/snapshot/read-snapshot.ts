/**
 * The catalog as it stood at one moment.
 *
 * Writing out a view locks, in the weakest mode, what it reads. Someone may hold such a table for hours: that is waited for
 * a little, and then said, instead of hanging.
 *
 * @module
 */
import { SquizzleError, type SchemaSnapshot } from '@squizzle/core';
import { failedWith, type SqlConnection } from '../connection/sql-connection.ts';
import { readObjects } from './read-objects.ts';

const WAIT_MS = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** @throws {SquizzleError} `LOCK_TIMEOUT` where another transaction holds a lock on something that must be read. */
export async function readSnapshot(
  connection: SqlConnection,
  ledgerSchema: string,
  waitMs = WAIT_MS,
): Promise<SchemaSnapshot> {
  await connection.send(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = ${waitMs}`);
  try {
    return await readObjects(connection, ledgerSchema);
  } catch (error) {
    throw failedWith(error, LOCK_NOT_AVAILABLE) ? blocked(waitMs, error) : error;
  } finally {
    await connection.send('ROLLBACK').catch(() => undefined); // nothing was written; a failed session has ended it
  }
}

function blocked(waitMs: number, cause: unknown): SquizzleError<'LOCK_TIMEOUT'> {
  const look = "SELECT pid, relation::regclass, mode FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted";
  const message = `the schema could not be read: another transaction has locked a part of it (AccessExclusiveLock), for more than ${waitMs} ms. Try again when it has ended; look for it with ${look}`;
  return new SquizzleError('LOCK_TIMEOUT', message, { waitMs, holder: null }, { cause });
}
