/**
 * Opens connections to one database, and stops what they run when a signal says so.
 *
 * @module
 */
import type { LockOptions } from '@squizzle/core';
import { raceAbort, refuseAborted } from './abort.ts';
import { cancelOnAbort, type StopWatch } from './cancellation.ts';
import type { ConnectionTarget } from './connection-target.ts';
import { openPgConnection, START_OF_BACKEND, type PgConnection } from './pg-connection.ts';
import { loadPg } from './pg-module.ts';

export const DEFAULT_APPLICATION_NAME = 'squizzle';

export type Open = (options: Pick<LockOptions, 'applicationName' | 'signal' | 'onNotice'>) => Promise<PgConnection>;

export function createOpener(target: ConnectionTarget, connectTimeoutMs: number): Open {
  return async ({ applicationName = DEFAULT_APPLICATION_NAME, signal, onNotice }) => {
    refuseAborted(signal, 'connecting to the database');
    const pg = await loadPg();
    return openPgConnection({ pg, target, connectTimeoutMs, applicationName, signal, onNotice });
  };
}

/** For a proxy that has no backend for us. */
const PATIENCE_MS = 1_000;

/** Whether the backend that answers is the one that the start-up announced: no proxy stands in between. */
export async function isDirect({ announcedPid, backendPid }: PgConnection): Promise<boolean> {
  return String(announcedPid) === (await backendPid());
}

/** A number alone could be another session's by now. */
const CANCEL = `SELECT pg_cancel_backend(pid) FROM pg_stat_get_activity($1::integer) AS a
WHERE ${START_OF_BACKEND} IS NOT DISTINCT FROM $2`;

/**
 * Cancels by a second connection: unlike the protocol's own cancel request, it is encrypted where the first one is.
 *
 * Behind a pooler the backend that once answered may work for another client by now. Where the session is not known to
 * be ours the connection is broken instead.
 *
 * @param isOurs whether the backend serves nobody else until the connection ends.
 */
export function watchAbort(
  open: Open,
  connection: PgConnection,
  signal: AbortSignal | undefined,
  isOurs: () => Promise<boolean>,
): StopWatch {
  const cancel = async (): Promise<void> => {
    const known = raceAbort(isOurs(), AbortSignal.timeout(PATIENCE_MS), 'asking which backend answers');
    if (!(await known.catch(() => false))) return connection.abandon();
    const second = await open({});
    try {
      await second.query(CANCEL, [await connection.backendPid(), await connection.backendStart()]);
    } finally {
      await second.close();
    }
  };
  return cancelOnAbort({ busy: connection.busy, abandon: connection.abandon, cancel }, signal);
}
