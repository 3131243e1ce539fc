/**
 * Tells a statement's failure from the end of the session: after a failure the server says that it is ready again,
 * after its last words it hangs up. That is so whatever the SQLSTATE, and whatever language the severity is written in.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SIMPLE-QUERY
 * @module
 */
import { endsSession } from './connection-errors.ts';
import type { PgClient } from './pg-module.ts';
import { ServerFailure, type ServerMessage } from './sql-connection.ts';

export interface LastWords {
  /** Settles when the server is ready again, or gone. @param message of an error, as it came from the client. */
  isLast(message: Error): Promise<boolean>;
  /** What the server said before it hung up, to whatever it was an answer. */
  spoken(): ServerFailure | undefined;
}

export function listenForLastWords(client: PgClient): LastWords {
  const endings = new WeakMap<Error, Promise<boolean>>();
  let settle: ((isLast: boolean) => void) | null = null;
  let latest: ServerMessage | null = null;
  let gone = false;
  client.connection.on('errorMessage', (message) => {
    settle?.(false);
    latest = message;
    endings.set(message, gone ? Promise.resolve(true) : new Promise((done) => (settle = done)));
  });
  // a server that crashes or is shut down at once says so in a notice
  client.connection.on('notice', (notice) => {
    if (endsSession(notice.code ?? '')) latest = notice;
  });
  client.connection.on('readyForQuery', () => {
    settle?.(false);
    latest = null;
  });
  client.connection.on('end', () => {
    gone = true;
    settle?.(true);
  });
  return {
    isLast: (message) => endings.get(message) ?? Promise.resolve(gone),
    spoken: () => {
      if (latest === null || !(gone || endsSession(latest.code ?? ''))) return undefined;
      return new ServerFailure(latest, 0);
    },
  };
}
