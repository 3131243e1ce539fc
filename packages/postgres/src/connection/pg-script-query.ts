/**
 * A text for the server, counted as it completes and without keeping its rows: a migration may SELECT a million.
 *
 * @module
 */
import type { PgModule, PgQuery } from './pg-module.ts';
import { ServerFailure, toTransactionStatus, type ScriptResult, type ServerMessage } from './sql-connection.ts';

const NO_DATA = 'COPY FROM STDIN has no data here: use INSERT, or COPY from a file on the server';

export interface ScriptQuery {
  readonly query: PgQuery;
  /** Rejects with what `pg` told: the server's message, or what broke the connection. */
  readonly ended: Promise<ScriptResult>;
  /** The server's message with how far the text had come. */
  explain(message: ServerMessage): ServerFailure;
}

export type ScriptQueryFactory = (text: string, status: () => string | null) => ScriptQuery;

/** The class extends one of `pg`, which is only there once it is loaded. */
export function createScriptQueryFactory(pg: PgModule): ScriptQueryFactory {
  class CountingQuery extends pg.Query {
    completed = 0;
    tag: string | null = null;
    askedForData = false;
    finish: (error: Error | null) => void = () => undefined;

    override handleRowDescription(): void {}
    override handleDataRow(): void {}
    override handleCommandComplete(message: { readonly text: string }): void {
      this.completed += 1;
      this.tag = message.text;
    }
    override handleCopyInResponse(connection: { sendCopyFail(message: string): void }): void {
      this.askedForData = true;
      connection.sendCopyFail(NO_DATA);
    }
    override handleReadyForQuery(): void {
      this.finish(null);
    }
    override handleError(error: Error): void {
      this.finish(error);
    }
  }
  return (text, status) => {
    const query = new CountingQuery({ text });
    const ended = new Promise<ScriptResult>((done, fail) => {
      query.finish = (error) => {
        if (error !== null) return fail(error);
        return done({ completed: query.completed, tag: query.tag, status: toTransactionStatus(status()) });
      };
    });
    const explain = (message: ServerMessage): ServerFailure =>
      new ServerFailure(message, query.completed, query.askedForData ? NO_DATA : undefined);
    return { query, ended, explain };
  };
}
