/**
 * A text for the server, counted as it completes and without keeping its rows: a migration may SELECT a million.
 *
 * @module
 */
import type { PgModule, PgQuery } from './pg-module.ts';
import { isServerMessage, ServerFailure, toTransactionStatus, type ScriptResult } from './sql-connection.ts';

const NO_DATA = 'COPY FROM STDIN has no data here: use INSERT, or COPY from a file on the server';

/** Makes the query and the promise of its end. Rejects with {@link ServerFailure}, or with what broke the connection. */
export type ScriptQueryFactory = (
  text: string,
  status: () => string | null,
) => { readonly query: PgQuery; readonly ended: Promise<ScriptResult> };

/** The class extends one of `pg`, which is only there once it is loaded. */
export function createScriptQueryFactory(pg: PgModule): ScriptQueryFactory {
  class ScriptQuery extends pg.Query {
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
      this.finish(toFailure(error, this.completed, this.askedForData));
    }
  }
  return (text, status) => {
    const query = new ScriptQuery({ text });
    const ended = new Promise<ScriptResult>((done, fail) => {
      query.finish = (error) => {
        if (error !== null) return fail(error);
        return done({ completed: query.completed, tag: query.tag, status: toTransactionStatus(status()) });
      };
    });
    return { query, ended };
  };
}

function toFailure(error: Error, completed: number, askedForData: boolean): Error {
  if (!isServerMessage(error)) return error;
  return new ServerFailure(error, completed, askedForData ? NO_DATA : undefined);
}
