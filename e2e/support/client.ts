/**
 * A database client of a test's own: it plays the application beside a migration, or whoever is in its way.
 *
 * @module
 */
import pg from 'pg';

export type Row = Readonly<Record<string, unknown>>;

export interface Client {
  readonly pid: number;
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openClient(url: string, applicationName = 'application'): Promise<Client> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName });
  client.on('error', () => undefined);
  await client.connect();
  const query = async (sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> =>
    (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  const [row] = await query('SELECT pg_backend_pid() AS pid');
  const close = (): Promise<void> => client.end();
  return { pid: Number(row?.['pid']), query, close, [Symbol.asyncDispose]: close };
}

export interface Reading {
  /** Ends it. @returns the longest that any one statement took, and how many there were. */
  stop(): Promise<{ readonly longestMs: number; readonly count: number }>;
}

/** An application that sends one statement after another, and notes how long each took. */
export function keepAsking(client: Client, sql: string): Reading {
  const stop = new AbortController();
  let [longestMs, count] = [0, 0];
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const since = performance.now();
      await client.query(sql);
      longestMs = Math.max(longestMs, performance.now() - since);
      count += 1;
    }
  };
  const running = run();
  running.catch(() => undefined); // told by stop
  return {
    stop: async () => {
      stop.abort();
      await running;
      return { longestMs, count };
    },
  };
}

const SESSIONS = `SELECT pid, application_name, state, wait_event_type, wait_event, query FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'squizzle%' AND pid <> pg_backend_pid()`;

/** Sessions of SQUIZZLE in the database of the client. */
export function sessionsOf(client: Client): Promise<readonly Row[]> {
  return client.query(SESSIONS);
}
