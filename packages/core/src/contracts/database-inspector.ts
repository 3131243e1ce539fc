/**
 * What `squizzle doctor` and `squizzle drift` ask of a database beside its history. Reads only, takes no lock.
 *
 * Every implementation of `DatabaseDriver` is one too and runs `describeDatabaseInspectorContract` of
 * `@squizzle/core/testing`.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { DatabaseExamination } from '../model/diagnosis.ts';
import type { SchemaSnapshot } from '../model/schema-snapshot.ts';
import type { CallOptions } from './call-options.ts';

export interface DatabaseInspector {
  /**
   * The snapshot that was kept in the ledger's schema under this digest.
   *
   * @returns `null`: it is not kept (any more).
   * @throws {SquizzleError} `LEDGER_INVALID` when what is kept does not have the digest.
   */
  readKeptSnapshot(digest: Digest, options?: CallOptions): Promise<SchemaSnapshot | null>;
  /** Looks for what is broken, or stands in a migration's way. */
  examine(options?: CallOptions): Promise<DatabaseExamination>;
}
