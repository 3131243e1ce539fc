/**
 * {@link DatabaseDriver} over `pg`: a connection for each call, one dedicated session for a migration.
 *
 * @module
 */
import type { CallOptions, DatabaseDriver, DatabaseInspector } from '@squizzle/core';
import { guardConnection } from './connection/cancellation.ts';
import { parseConnectionTarget } from './connection/connection-target.ts';
import { createOpener, isDirect, watchAbort, type Open } from './connection/opener.ts';
import { ServerFailure, type SqlConnection } from './connection/sql-connection.ts';
import { examineDatabase } from './examination/examine.ts';
import { readKeptSnapshot } from './ledger/kept-snapshot.ts';
import { DEFAULT_LEDGER_SCHEMA, toLedgerNames } from './ledger/ledger-names.ts';
import { readLedger } from './ledger/ledger-reader.ts';
import { readServerFacts } from './server-facts.ts';
import { withLockedSession } from './session/locked-session.ts';
import { toStatementFailed } from './session/statement-error.ts';
import { readSnapshot } from './snapshot/read-snapshot.ts';

export interface PostgresDriverOptions {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`. */
  readonly connectionString: string;
  /** Schema of the ledger; `squizzle` unless said. */
  readonly ledgerSchema?: string | undefined;
  /** How long to wait for a connection; 4 000 unless said. */
  readonly connectTimeoutMs?: number | undefined;
}

export const DEFAULT_CONNECT_TIMEOUT_MS = 4_000;

/**
 * Connects on first use, not before. What a server and a role need is written in the package's README.
 *
 * @throws {SquizzleError} `CONFIG_INVALID` when the connection string or the schema's name cannot be used.
 */
export function createPostgresDriver(options: PostgresDriverOptions): DatabaseDriver & DatabaseInspector {
  const target = parseConnectionTarget(options.connectionString);
  const names = toLedgerNames(options.ledgerSchema ?? DEFAULT_LEDGER_SCHEMA);
  const open = createOpener(target, options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS);
  const { description } = target;
  return {
    description,
    readHistory: (call) => withConnection(open, call, (connection) => readLedger(connection, names, description)),
    serverFacts: (call) => withConnection(open, call, readServerFacts),
    snapshotSchema: (call) => withConnection(open, call, (connection) => readSnapshot(connection, names.name)),
    readKeptSnapshot: (digest, call) =>
      withConnection(open, call, (connection) => readKeptSnapshot(connection, names, description, digest)),
    examine: (call) => withConnection(open, call, (connection) => examineDatabase(connection, names, description)),
    withLock: (work, lock = {}) => withLockedSession({ open, names, description }, lock, work),
    close: () => Promise.resolve(), // no connection outlives the call that opened it
  };
}

/** One connection for one question. */
async function withConnection<T>(
  open: Open,
  call: CallOptions | undefined,
  ask: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  const connection = await open({ signal: call?.signal });
  const watch = watchAbort(open, connection, call?.signal, () => isDirect(connection));
  try {
    return await ask(guardConnection(connection, call?.signal));
  } catch (error) {
    throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
  } finally {
    await watch.end();
    await connection.close();
  }
}
