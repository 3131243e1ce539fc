/**
 * Stopping: when the caller's signal is aborted, what runs is cancelled and nothing more is sent.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import { cancelled, pause, raceAbort, refuseAborted } from './abort.ts';
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
      throw signal.aborted && stopped ? cancelled(DURING, error) : error;
    }
  };
  return {
    query: (sql, values) => guard(() => connection.query(sql, values)),
    table: (sql) => guard(() => connection.table(sql)),
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
  /** As {@link settled}, within bounds: once the connection is closed its backend's number may be another's. */
  end(): Promise<void>;
}

const AGAIN_AFTER_MS = 250;
const GIVE_UP_AFTER_MS = 5_000;
/** For cancelling, rolling back and recording together: on a network that has gone silent each would wait for ever. */
const OVER_WITHIN_MS = 10_000;
const END_WITHIN_MS = 2_000;

/**
 * Cancels until nothing runs any more (a request may arrive between two statements and miss both); a server that does
 * not react is left after some seconds, and ends the statement itself when it notices (`client_connection_check_interval`).
 * What must still be done after that is bounded too, by breaking the connection.
 */
export function cancelOnAbort(connection: Stoppable, signal: AbortSignal | undefined): StopWatch {
  const over = new AbortController();
  let stopping: Promise<void> = Promise.resolve();
  let patience: NodeJS.Timeout | undefined;
  const stop = async (): Promise<void> => {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    while (connection.busy() && !over.signal.aborted) {
      if (performance.now() > deadline) return connection.abandon();
      await connection.cancel().catch(() => undefined);
      if (connection.busy()) await pause(AGAIN_AFTER_MS, over.signal, DURING).catch(() => undefined);
    }
  };
  const onAbort = (): void => {
    patience = setTimeout(() => connection.abandon(), OVER_WITHIN_MS);
    stopping = stop();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    settled: () => stopping,
    end: async () => {
      over.abort();
      clearTimeout(patience);
      signal?.removeEventListener('abort', onAbort);
      await raceAbort(stopping, AbortSignal.timeout(END_WITHIN_MS), DURING).catch(() => undefined);
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
  let calming: Promise<void> | null = null;
  const takeLateRequest = async (): Promise<void> => {
    await watch.settled();
    await connection.send('').catch(() => undefined);
  };
  /** All calls wait for the same, so that they stay in order. */
  const calmDown = async (): Promise<void> => {
    if (signal.aborted) await (calming ??= takeLateRequest());
  };
  return {
    query: async (sql, values) => {
      await calmDown();
      return connection.query(sql, values);
    },
    table: async (sql) => {
      await calmDown();
      return connection.table(sql);
    },
    send: async (text) => {
      await calmDown();
      return connection.send(text);
    },
    close: () => connection.close(),
  };
}
