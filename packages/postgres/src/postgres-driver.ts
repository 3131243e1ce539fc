/**
 * {@link DatabaseDriver} over `pg`: a connection for each call, one dedicated session for a migration.
 *
 * @module
 */
import type { CallOptions, DatabaseDriver, LockOptions, MigrationSession } from '@squizzle/core';
import { refuseAborted } from './connection/abort.ts';
import { cancelOnAbort, guardConnection, outlastAbort, type StopWatch } from './connection/cancellation.ts';
import { parseConnectionTarget, type ConnectionTarget } from './connection/connection-target.ts';
import { openPgConnection, type PgConnection } from './connection/pg-connection.ts';
import { loadPg } from './connection/pg-module.ts';
import { ServerFailure, type SqlConnection } from './connection/sql-connection.ts';
import { DEFAULT_LEDGER_SCHEMA, toLedgerNames, type LedgerNames } from './ledger/ledger-names.ts';
import { readLedger } from './ledger/ledger-reader.ts';
import { ensureLedger } from './ledger/ledger-schema.ts';
import { readServerFacts } from './server-facts.ts';
import { freeLock, takeLock, toLockKey, type LockKey } from './session/migration-lock.ts';
import { createMigrationSession } from './session/migration-session.ts';
import {
  createRestorer,
  DEFAULT_APPLICATION_NAME,
  toSessionSettings,
  watchForLostClient,
} from './session/session-settings.ts';
import { toStatementFailed } from './session/statement-error.ts';
import { requireOwnSession, requireWritable } from './session/suitability.ts';
import { readSnapshot } from './snapshot/read-snapshot.ts';

export interface PostgresDriverOptions {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`. */
  readonly connectionString: string;
  /** Schema of the ledger; `squizzle` unless said. */
  readonly ledgerSchema?: string | undefined;
  /** How long to wait for a connection; 4 000 unless said. */
  readonly connectTimeoutMs?: number | undefined;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 4_000;

/**
 * Connects on first use, not before. What a server and a role need is written in the package's README.
 *
 * @throws {SquizzleError} `CONFIG_INVALID` when the connection string or the schema's name cannot be used.
 */
export function createPostgresDriver(options: PostgresDriverOptions): DatabaseDriver {
  const target = parseConnectionTarget(options.connectionString);
  const names = toLedgerNames(options.ledgerSchema ?? DEFAULT_LEDGER_SCHEMA);
  const open = createOpener(target, options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS);
  const { description } = target;
  return {
    description,
    readHistory: (call) => withConnection(open, call, (connection) => readLedger(connection, names, description)),
    serverFacts: (call) => withConnection(open, call, readServerFacts),
    snapshotSchema: (call) => withConnection(open, call, (connection) => readSnapshot(connection, names.name)),
    withLock: (work, lock = {}) => withLockedSession({ open, target, names }, lock, work),
    close: () => Promise.resolve(), // no connection outlives the call that opened it
  };
}

type Open = (options: LockOptions) => Promise<PgConnection>;

function createOpener(target: ConnectionTarget, connectTimeoutMs: number): Open {
  return async ({ applicationName = DEFAULT_APPLICATION_NAME, signal, onNotice }) => {
    refuseAborted(signal, 'connecting to the database');
    const pg = await loadPg();
    return openPgConnection({ pg, target, connectTimeoutMs, applicationName, signal, onNotice });
  };
}

/** One connection for one question. */
async function withConnection<T>(
  open: Open,
  call: CallOptions | undefined,
  ask: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  const connection = await open({ signal: call?.signal });
  const watch = watchAbort(open, connection, call?.signal);
  try {
    return await ask(guardConnection(connection, call?.signal));
  } catch (error) {
    throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
  } finally {
    watch.end();
    await connection.close();
  }
}

/** Cancels by a second connection: unlike the protocol's own cancel request, it is encrypted where the first one is. */
function watchAbort(open: Open, connection: PgConnection, signal: AbortSignal | undefined): StopWatch {
  return cancelOnAbort(
    {
      busy: connection.busy,
      abandon: connection.abandon,
      cancel: async () => {
        const second = await open({});
        try {
          await second.query('SELECT pg_cancel_backend($1::integer)', [await connection.backendPid()]);
        } finally {
          await second.close();
        }
      },
    },
    signal,
  );
}

interface DriverContext {
  readonly open: Open;
  readonly target: ConnectionTarget;
  readonly names: LedgerNames;
}

async function withLockedSession<T>(
  context: DriverContext,
  options: LockOptions,
  work: (session: MigrationSession) => Promise<T>,
): Promise<T> {
  const connection = await context.open(options);
  const watch = watchAbort(context.open, connection, options.signal);
  const key = toLockKey(context.names);
  try {
    const cleanup = outlastAbort(connection, watch, options.signal);
    const session = await prepare(context, connection, cleanup, key, options);
    try {
      return await work(session);
    } finally {
      await freeLock(cleanup, key).catch(() => false); // closing the connection frees it too
    }
  } catch (error) {
    throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
  } finally {
    watch.end();
    await connection.close();
  }
}

/** Settings, suitability, lock, ledger: what must be right before the first text is sent. */
async function prepare(
  { open, target, names }: DriverContext,
  own: PgConnection,
  cleanup: SqlConnection,
  key: LockKey,
  options: LockOptions,
): Promise<MigrationSession> {
  const { description } = target;
  const connection = guardConnection(own, options.signal);
  const restorer = createRestorer(toSessionSettings(options), await watchForLostClient(connection));
  await connection.send(restorer.apply);
  await requireWritable(connection, description);
  await takeLock(connection, key, options);
  await requireOwnSession({
    connection,
    key,
    description,
    announcedPid: own.announcedPid,
    openSecond: () => open({ signal: options.signal }),
  });
  await ensureLedger(connection, names, description);
  return createMigrationSession({ connection, cleanup, names, restorer, description });
}
