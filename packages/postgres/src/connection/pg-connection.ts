/**
 * A {@link SqlConnection} over `pg`, in pipeline mode, with the means to stop what it runs.
 *
 * @module
 */
import type { ServerNotice } from '@squizzle/core';
import { raceAbort } from './abort.ts';
import { connectionLost, toConnectError } from './connection-errors.ts';
import type { ConnectionTarget } from './connection-target.ts';
import type { PgClient, PgConfig, PgModule, PgResult } from './pg-module.ts';
import { createScriptQueryFactory } from './pg-script-query.ts';
import { isServerMessage, ServerFailure, type Row, type ScriptResult, type SqlConnection } from './sql-connection.ts';

export interface PgConnectOptions {
  readonly pg: PgModule;
  readonly target: ConnectionTarget;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
  readonly signal?: AbortSignal | undefined;
  readonly onNotice?: ((notice: ServerNotice) => void) | undefined;
}

export interface PgConnection extends SqlConnection {
  /** Of the backend, as the start-up said; a pooler tells a number of its own. */
  readonly announcedPid: number | null;
  /** The backend that answers. */
  backendPid(): Promise<string>;
  /** Whether something was sent and is not answered. */
  busy(): boolean;
  /** Breaks the connection without a word to the server. */
  abandon(): void;
}

/** The server ended the session: by an administrator, by a crash, or because it shuts down. */
const SESSION_ENDED = new Set(['57P01', '57P02', '57P03', '57P05', '08006', '08003']);
const CLOSE_WITHIN_MS = 2_000;

export async function openPgConnection(options: PgConnectOptions): Promise<PgConnection> {
  const { target, connectTimeoutMs, signal } = options;
  const client = new options.pg.Client(toConfig(options));
  client.on('error', () => undefined); // told again by each query; without a listener it would end the process
  try {
    await raceAbort(client.connect(), signal, 'connecting to the database');
  } catch (error) {
    client.connection.stream.destroy();
    throw isAbort(error) ? error : toConnectError(error, target, connectTimeoutMs);
  }
  client.on('notice', ({ severity, message }) => options.onNotice?.({ severity: severity ?? 'NOTICE', message }));
  return wrap(client, options);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'SquizzleError';
}

function toConfig({ target, connectTimeoutMs, applicationName }: PgConnectOptions): PgConfig {
  return {
    connectionString: target.connectionString,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: applicationName,
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser: () => (text) => text },
  };
}

function wrap(client: PgClient, { pg, target }: PgConnectOptions): PgConnection {
  const createScriptQuery = createScriptQueryFactory(pg);
  let unanswered = 0;

  const answer = async <T>(ended: Promise<T>): Promise<T> => {
    unanswered += 1;
    try {
      return await ended;
    } catch (error) {
      throw toFailure(error, target);
    } finally {
      unanswered -= 1;
    }
  };
  const runQuery = async (text: string, values: readonly (string | null)[]): Promise<readonly Row[]> => {
    const result: PgResult = await client.query({ text, values });
    return result.rows;
  };
  const query = (text: string, values: readonly (string | null)[] = []): Promise<readonly Row[]> =>
    answer(runQuery(text, values));
  const send = (text: string): Promise<ScriptResult> => {
    const script = createScriptQuery(text, () => client.getTransactionStatus());
    client.query(script.query);
    return answer(script.ended);
  };
  const backendPid = query('SELECT pg_backend_pid() AS pid').then(([row]) => row?.['pid'] ?? '');
  backendPid.catch(() => undefined); // whoever asks for it is told
  return {
    announcedPid: client.processID,
    backendPid: () => backendPid,
    busy: () => unanswered > 0,
    abandon: () => client.connection.stream.destroy(),
    query,
    send,
    close: () => endWithin(client, CLOSE_WITHIN_MS),
  };
}

/** What is not the server's answer to a statement is the end of the session. */
function toFailure(error: unknown, target: ConnectionTarget): Error {
  if (error instanceof ServerFailure)
    return SESSION_ENDED.has(error.sqlState) ? connectionLost(target.description) : error;
  if (!isServerMessage(error)) return connectionLost(target.description);
  return toFailure(new ServerFailure(error, 0), target);
}

/** A polite goodbye; a peer that does not answer is left. */
async function endWithin(client: PgClient, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  await Promise.race([client.end().catch(() => undefined), tooLong]);
  clearTimeout(timer);
  client.connection.stream.destroy();
}
