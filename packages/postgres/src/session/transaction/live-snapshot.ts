/**
 * The catalog as a transaction sees it that has not ended yet, read without standing in anybody's way.
 *
 * The transaction holds locks, and who waits for one of them may have waited for long: waiting for such a session, however
 * shortly, lets the server find a deadlock and end it. So nothing is read where another session has, or wants, a lock that
 * would be waited for; the limit is for a lock that is taken between that look and the reading.
 *
 * @module
 */
import { isSquizzleError, type SchemaSnapshot } from '@squizzle/core';
import { failedWith, type SqlConnection } from '../../connection/sql-connection.ts';
import { readObjects } from '../../snapshot/read-objects.ts';

const BEGIN = `SAVEPOINT squizzle_live; SET LOCAL lock_timeout = '10ms'; SET LOCAL statement_timeout = 0`;
const UNDO = 'ROLLBACK TO SAVEPOINT squizzle_live; RELEASE SAVEPOINT squizzle_live';
const QUERY_CANCELED = '57014';

/**
 * Writing out a view, default, check, index or policy locks, in the weakest mode, the tables it is of or reads; those that we
 * have locked ourselves are not waited for. A table that is new and not committed is in nobody's way, nor is a temporary one.
 */
const IN_THE_WAY = `
SELECT l.pid FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks o WHERE o.locktype = 'relation' AND o.granted
    AND o.pid = pg_backend_pid() AND o.database = l.database AND o.relation = l.relation)
LIMIT 1`;

/**
 * A release does not fail for it.
 *
 * @returns `null` where another transaction has something locked that must be read, or the server refuses to read it.
 * @throws {SquizzleError} `CONNECTION_LOST`, `CANCELLED`. {ServerFailure} where the transaction has failed, or on a cancel.
 */
export async function readLiveSnapshot(
  connection: SqlConnection,
  ledgerSchema: string,
): Promise<SchemaSnapshot | null> {
  await connection.send(BEGIN);
  const [read] = await Promise.allSettled([readUnlessBlocked(connection, ledgerSchema)]);
  await connection.send(UNDO);
  if (read.status === 'fulfilled') return read.value;
  if (isSquizzleError(read.reason) || failedWith(read.reason, QUERY_CANCELED)) throw read.reason;
  return null;
}

async function readUnlessBlocked(connection: SqlConnection, ledgerSchema: string): Promise<SchemaSnapshot | null> {
  const inTheWay = await connection.query(IN_THE_WAY);
  return inTheWay.length > 0 ? null : readObjects(connection, ledgerSchema);
}
