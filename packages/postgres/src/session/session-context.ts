/**
 * What the parts of a migration session share.
 *
 * @module
 */
import type { SqlConnection } from '../connection/sql-connection.ts';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import type { LockKey } from './migration-lock.ts';
import type { SessionRestorer } from './session-settings.ts';

export interface SessionContext {
  /** Refuses to send once the caller wants to stop. */
  readonly connection: SqlConnection;
  /** The same session, for what must be undone then too. */
  readonly cleanup: SqlConnection;
  readonly names: LedgerNames;
  readonly restorer: SessionRestorer;
  /** Of the database, for messages. */
  readonly description: string;
  /** The migration lock, where the server keeps it: a text may give it back. */
  readonly lock?: LockKey | undefined;
}
