/**
 * The catalog as it stood at one moment.
 *
 * @module
 */
import type { SchemaSnapshot } from '@squizzle/core';
import type { SqlConnection } from '../connection/sql-connection.ts';
import { readObjects } from './read-objects.ts';

export async function readSnapshot(connection: SqlConnection, ledgerSchema: string): Promise<SchemaSnapshot> {
  await connection.send('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await readObjects(connection, ledgerSchema);
  } finally {
    await connection.send('ROLLBACK').catch(() => undefined); // nothing was written; a failed session has ended it
  }
}
