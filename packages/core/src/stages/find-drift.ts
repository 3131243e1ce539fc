/**
 * Whether the schema is still the recorded one when a plan is about to run: afterwards the schema is recorded anew, and
 * what others had changed would never come to light.
 *
 * It informs and hinders nothing: where the schema cannot be read without waiting for somebody, nothing is known.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { MigrationSession } from '../contracts/database-driver.ts';
import { isSquizzleError } from '../errors/squizzle-error.ts';
import { currentVersion, halfDoneRelease, recordedSchema, type History } from '../model/history.ts';
import { schemaDigest, type SchemaSnapshot } from '../model/schema-snapshot.ts';
import type { Version } from '../model/version.ts';

export interface SchemaDrift {
  /** The release that the database is at. */
  readonly version: Version;
  readonly recorded: Digest;
  readonly found: Digest;
}

/** To be called under the migration lock. @returns `null` where there is none, or nothing to compare. */
export async function findDrift(session: MigrationSession, history: History): Promise<SchemaDrift | null> {
  const version = currentVersion(history);
  const recorded = recordedSchema(history)?.schemaDigest ?? null;
  if (version === null || recorded === null || halfDoneRelease(history) !== null) return null;
  const snapshot = await readSchema(session);
  if (snapshot === null) return null;
  const found = schemaDigest(snapshot);
  return found === recorded ? null : { version, recorded, found };
}

async function readSchema(session: MigrationSession): Promise<SchemaSnapshot | null> {
  try {
    return await session.transaction((transaction) => transaction.snapshotSchema());
  } catch (cause) {
    if (isSquizzleError(cause, 'STATEMENT_FAILED')) return null;
    throw cause;
  }
}
