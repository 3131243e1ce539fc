/**
 * Reads the catalog as it stands at one moment, the server writing every name with its schema.
 *
 * @module
 */
import type { SqlConnection } from '../connection/sql-connection.ts';

/** Of a view whose table somebody has locked the server tells nothing: that is waited for, but not for long. */
const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '3s';
SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off`;

export async function readQualified<T>(connection: SqlConnection, read: () => Promise<T>): Promise<T> {
  await connection.send(BEGIN);
  try {
    return await read();
  } finally {
    await connection.send('ROLLBACK').catch(() => undefined); // nothing was written; a failed session has ended it
  }
}
