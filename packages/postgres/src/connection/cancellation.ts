/**
 * Stopping: when the caller's signal is aborted, what runs is cancelled and nothing more is sent.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import { cancelled, refuseAborted } from './abort.ts';
import { failedWith, type SqlConnection } from './sql-connection.ts';

const QUERY_CANCELED = '57014';
const DURING = 'sending SQL';

/** Refuses to send once the signal is aborted, and says `CANCELLED` for what was stopped by it. */
export function guardConnection(connection: SqlConnection, signal: AbortSignal | undefined): SqlConnection {
  if (signal === undefined) return connection;
  const guard = async <T>(send: () => Promise<T>): Promise<T> => {
    refuseAborted(signal, DURING);
    try {
      return await send();
    } catch (error) {
      const stopped = failedWith(error, QUERY_CANCELED) || isSquizzleError(error, 'CONNECTION_LOST');
      throw signal.aborted && stopped ? cancelled(DURING) : error;
    }
  };
  return {
    query: (sql, values) => guard(() => connection.query(sql, values)),
    send: (text) => guard(() => connection.send(text)),
    close: () => connection.close(),
  };
}

export interface Stoppable {
  busy(): boolean;
  /** Asks the server to cancel what runs. */
  cancel(): Promise<void>;
  /** Breaks the connection. */
  abandon(): void;
}

const AGAIN_AFTER_MS = 250;
const GIVE_UP_AFTER_MS = 5_000;

/**
 * Cancels until nothing runs any more (a request may arrive between two statements and miss both); a server that does
 * not react is left after some seconds, and ends the statement itself when it notices (`client_connection_check_interval`).
 *
 * @returns what ends the watch.
 */
export function cancelOnAbort(connection: Stoppable, signal: AbortSignal | undefined): () => void {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const stop = async (since: number): Promise<void> => {
    if (ended) return;
    if (performance.now() - since > GIVE_UP_AFTER_MS) return connection.abandon();
    if (connection.busy()) await connection.cancel().catch(() => undefined);
    timer = setTimeout(() => void stop(since), AGAIN_AFTER_MS);
  };
  const onAbort = (): void => void stop(performance.now());
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    ended = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}
