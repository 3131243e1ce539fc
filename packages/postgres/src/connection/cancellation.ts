/**
 * Stopping: when the caller's signal is aborted, what runs is cancelled and nothing more is sent.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import { cancelled, pause, refuseAborted } from './abort.ts';
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

export interface StopWatch {
  /** Settles when no request to cancel is under way: one that comes late would hit what is sent next. */
  settled(): Promise<void>;
  end(): void;
}

const AGAIN_AFTER_MS = 250;
const GIVE_UP_AFTER_MS = 5_000;

/**
 * Cancels until nothing runs any more (a request may arrive between two statements and miss both); a server that does
 * not react is left after some seconds, and ends the statement itself when it notices (`client_connection_check_interval`).
 */
export function cancelOnAbort(connection: Stoppable, signal: AbortSignal | undefined): StopWatch {
  const over = new AbortController();
  let stopping: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    while (connection.busy() && !over.signal.aborted) {
      if (performance.now() > deadline) return connection.abandon();
      await connection.cancel().catch(() => undefined);
      if (connection.busy()) await pause(AGAIN_AFTER_MS, over.signal, DURING).catch(() => undefined);
    }
  };
  const onAbort = (): void => {
    stopping = stop();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    settled: () => stopping,
    end: () => {
      over.abort();
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/**
 * The session for what must still be done once the caller wants to stop: rolling back, recording that it was stopped.
 * An empty statement takes the cancel request that may have come too late for what it was meant for.
 */
export function outlastAbort(
  connection: SqlConnection,
  watch: StopWatch,
  signal: AbortSignal | undefined,
): SqlConnection {
  if (signal === undefined) return connection;
  let calm = false;
  const calmDown = async (): Promise<void> => {
    if (calm || !signal.aborted) return;
    calm = true;
    await watch.settled();
    await connection.send('').catch(() => undefined);
  };
  return {
    query: async (sql, values) => {
      await calmDown();
      return connection.query(sql, values);
    },
    send: async (text) => {
      await calmDown();
      return connection.send(text);
    },
    close: () => connection.close(),
  };
}
