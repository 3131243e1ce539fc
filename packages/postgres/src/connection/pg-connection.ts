/**
 * A {@link SqlConnection} over `pg`, in pipeline mode, with the means to stop what it runs.
 *
 * @module
 */
import type { ServerNotice } from '@squizzle/core';
import { raceAbort } from './abort.ts';
import { connectionLost, toConnectError } from './connection-errors.ts';
import type { ConnectionTarget } from './connection-target.ts';
import { listenForLastWords } from './last-words.ts';
import type { PgClient, PgConfig, PgModule } from './pg-module.ts';
import { createScriptQueryFactory } from './pg-script-query.ts';
import {
  isServerMessage,
  ServerFailure,
  type Row,
  type ScriptResult,
  type ServerMessage,
  type SqlConnection,
  type Table,
} from './sql-connection.ts';

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
  /** When it was started, as {@link START_OF_BACKEND} says; numbers are used again. */
  backendStart(): Promise<string | null>;
  /** Whether something was sent and is not answered. */
  busy(): boolean;
  /** Breaks the connection without a word to the server. */
  abandon(): void;
}

/** SQL over a row of `pg_stat_get_activity`; the same whatever a session's settings are. */
export const START_OF_BACKEND = "to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS')";
const IDENTIFY = `SELECT pg_backend_pid() AS pid,
  (SELECT ${START_OF_BACKEND} FROM pg_stat_get_activity(pg_backend_pid()) AS a) AS start`;

const CLOSE_WITHIN_MS = 2_000;
/** A peer that is gone without a word is found out while we wait for an answer; systems by themselves begin after hours. */
const KEEP_ALIVE_AFTER_MS = 10_000;

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
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    pipeline: true,
    types: { getTypeParser: () => (text) => text },
  };
}

function wrap(client: PgClient, { pg, target }: PgConnectOptions): PgConnection {
  const createScriptQuery = createScriptQueryFactory(pg);
  const lastWords = listenForLastWords(client);
  let unanswered = 0;

  const answer = async <T>(ended: Promise<T>, explain = toFailure): Promise<T> => {
    unanswered += 1;
    try {
      return await ended;
    } catch (error) {
      throw await toError(error, explain);
    } finally {
      unanswered -= 1;
    }
  };
  /** What is not the server's answer to a statement is the end of the session, and so is an answer that is its last. */
  const toError = async (error: unknown, explain: (message: ServerMessage) => ServerFailure): Promise<Error> => {
    if (!isServerMessage(error)) return connectionLost(target.description, lastWords.spoken());
    const failure = explain(error);
    return (await lastWords.isLast(error)) ? connectionLost(target.description, failure) : failure;
  };
  const runQuery = async (text: string, values: readonly (string | null)[]): Promise<readonly Row[]> =>
    (await client.query({ text, values, queryMode: 'extended' })).rows;
  const query = (text: string, values: readonly (string | null)[] = []): Promise<readonly Row[]> =>
    answer(runQuery(text, values));
  const readTable = async (text: string): Promise<Table> => {
    const { fields, rows } = await client.query({ text, values: [], queryMode: 'extended', rowMode: 'array' });
    return { types: fields.map(({ dataTypeID }) => dataTypeID), rows };
  };
  const send = (text: string): Promise<ScriptResult> => {
    const script = createScriptQuery(text, () => client.getTransactionStatus());
    client.query(script.query);
    return answer(script.ended, script.explain);
  };
  const backend = query(IDENTIFY).then(([row]) => row);
  backend.catch(() => undefined); // whoever asks for it is told
  return {
    announcedPid: client.processID,
    backendPid: async () => (await backend)?.['pid'] ?? '',
    backendStart: async () => (await backend)?.['start'] ?? null,
    busy: () => unanswered > 0,
    abandon: () => client.connection.stream.destroy(),
    query,
    table: (text) => answer(readTable(text)),
    send,
    close: () => endWithin(client, CLOSE_WITHIN_MS),
  };
}

const toFailure = (message: ServerMessage): ServerFailure => new ServerFailure(message, 0);

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
