/**
 * Runs work on one dedicated session that holds the migration lock, and leaves nothing of it behind: not on the
 * server, nor in a pool that the session goes back to.
 *
 * @module
 */
import type { LockOptions, MigrationSession } from '@squizzle/core';
import { raceAbort } from '../connection/abort.ts';
import { guardConnection, outlastAbort } from '../connection/cancellation.ts';
import { isDirect, watchAbort, type Open } from '../connection/opener.ts';
import type { PgConnection } from '../connection/pg-connection.ts';
import { ServerFailure, type SqlConnection } from '../connection/sql-connection.ts';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { ensureLedger } from '../ledger/ledger-schema.ts';
import { freeLock, takeLock, toLockKey, type LockKey } from './migration-lock.ts';
import { createMigrationSession } from './migration-session.ts';
import { createRestorer, toSessionSettings, watchForLostClient, type SessionRestorer } from './session-settings.ts';
import { toStatementFailed } from './statement-error.ts';
import { requireOwnLock, requireOwnSession, requireWritable } from './suitability.ts';
import { lookAfter, watchBlocked, type BlockedWatch, type BlockedWatchOptions } from './watch/blocked-watch.ts';

export interface LockedSessionContext {
  readonly open: Open;
  readonly names: LedgerNames;
  /** Of the database, for messages. */
  readonly description: string;
}

type Work<T> = (session: MigrationSession) => Promise<T>;

/** The session as its parts are given it. */
interface OwnSession {
  /** The backend, which serves nobody else. */
  readonly pid: string;
  readonly connection: SqlConnection;
  readonly cleanup: SqlConnection;
}

/** @throws {SquizzleError} as `DatabaseDriver.withLock` says. */
export async function withLockedSession<T>(
  context: LockedSessionContext,
  options: LockOptions,
  work: Work<T>,
): Promise<T> {
  const { open, description } = context;
  const { signal } = options;
  const own = await open(options);
  let isProven = false;
  const stop = watchAbort(open, own, signal, async () => isProven || (await isDirect(own)));
  try {
    const pid = await raceAbort(own.backendPid(), signal, 'connecting to the database');
    await requireOwnSession(own, open, signal, description);
    isProven = true;
    const watch = watchOwn(context, own, pid, options);
    const cleanup = outlastAbort(watch.connection, stop, signal);
    const session = { pid, connection: guardConnection(watch.connection, signal), cleanup };
    try {
      return await holdLock(context, session, options, work);
    } finally {
      await watch.end();
    }
  } catch (error) {
    throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
  } finally {
    await stop.end();
    await own.close();
  }
}

function watchOwn(
  { open }: LockedSessionContext,
  own: PgConnection,
  pid: string,
  { onBlocked, applicationName, lockTimeoutMs }: LockOptions,
): BlockedWatch {
  if (onBlocked === undefined) return { connection: own, end: async () => undefined };
  const openSecond: BlockedWatchOptions['openSecond'] = (signal) => open({ applicationName, signal });
  return watchBlocked({ connection: own, pid, onBlocked, openSecond, lookAfterMs: lookAfter(lockTimeoutMs) });
}

async function holdLock<T>(
  { names, description }: LockedSessionContext,
  { pid, connection, cleanup }: OwnSession,
  options: LockOptions,
  work: Work<T>,
): Promise<T> {
  const lock = toLockKey(names);
  await requireWritable(connection, description);
  await takeLock(connection, lock, options);
  let restorer: SessionRestorer | null = null;
  try {
    await requireOwnLock(connection, lock, pid, description);
    restorer = createRestorer(toSessionSettings(options), await watchForLostClient(connection));
    await connection.send(restorer.apply);
    await ensureLedger(connection, names, description);
    return await work(createMigrationSession({ connection, cleanup, names, restorer, description, lock }));
  } finally {
    await leave(cleanup, lock, restorer);
  }
}

/** A session that is gone has left; closing the connection does the same, unless a pooler keeps it open. */
async function leave(cleanup: SqlConnection, lock: LockKey, restorer: SessionRestorer | null): Promise<void> {
  const reset = restorer === null ? [] : [cleanup.send(restorer.leave)];
  await Promise.allSettled([...reset, freeLock(cleanup, lock)]);
}
