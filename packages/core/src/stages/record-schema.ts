/**
 * Reads the schema at the end of a transaction and keeps it, for the event that the transaction commits.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { MigrationTransaction } from '../contracts/database-driver.ts';
import { schemaDigest, type SchemaSnapshot } from '../model/schema-snapshot.ts';

/**
 * @param accepts whether this is a schema that may be recorded: any, unless said.
 * @returns `null` where it may not, or could not be read without waiting for somebody; nothing is kept then.
 */
export async function recordSchema(
  transaction: MigrationTransaction,
  accepts: (snapshot: SchemaSnapshot) => boolean = () => true,
): Promise<Digest | null> {
  const snapshot = await transaction.snapshotSchema();
  if (snapshot === null || !accepts(snapshot)) return null;
  const digest = schemaDigest(snapshot);
  await transaction.keepSnapshot(digest, snapshot);
  return digest;
}
