/**
 * A {@link SqlConnection} over PGlite, by the wire protocol: the same messages, and so the same texts and counts,
 * as over a socket. Statements block the thread and cannot be cancelled.
 *
 * @module
 */
import type { ServerNotice } from '@squizzle/core';
import { connectionLost } from '../connection/connection-errors.ts';
import {
  ServerFailure,
  toTransactionStatus,
  type Row,
  type ScriptResult,
  type ServerMessage,
  type SqlConnection,
  type Table,
} from '../connection/sql-connection.ts';
import type { Pglite, WireMessage, WireProtocol } from './pglite-module.ts';

export interface PgliteConnection extends SqlConnection {
  /** Where notices go from now on. */
  onNotice(listener: ((notice: ServerNotice) => void) | undefined): void;
}

/** What came back for one request. */
interface Answer {
  readonly failure: ServerFailure | null;
  readonly result: ScriptResult;
}

const NO_DATA = 'COPY FROM STDIN has no data here: use INSERT';

export function createPgliteConnection(db: Pglite, protocol: WireProtocol, description: string): PgliteConnection {
  const { serialize } = protocol;
  let notify: ((notice: ServerNotice) => void) | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const exchange = async (request: Uint8Array, onMessage: (message: WireMessage) => void): Promise<Answer> => {
    const reader = createReader((message) => {
      if (message.name === 'notice')
        notify?.({ severity: message.severity ?? 'NOTICE', message: message.message ?? '' });
      onMessage(message);
    });
    const parser = new protocol.Parser();
    const onRawData = (data: Uint8Array): void => parser.parse(data.slice(), reader.read);
    await db.execProtocolRawStream(request, { onRawData });
    return reader.answer() ?? Promise.reject(connectionLost(description));
  };
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(run);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    onNotice: (listener) => {
      notify = listener;
    },
    query: (sql, values = []) => inTurn(async () => toRows(await runQuery(sql, values))),
    table: (sql) => inTurn(() => runQuery(sql, [])),
    send: (text) => inTurn(() => runScript(text)),
    close: () => inTurn(() => db.close()),
  };

  async function runQuery(sql: string, values: readonly (string | null)[]): Promise<NamedTable> {
    const { parse, bind, describe, execute, sync } = serialize;
    const request = [parse({ text: sql }), bind({ values }), describe({ type: 'P' }), execute(), sync()];
    const table = createTable();
    const { failure } = await exchange(Buffer.concat(request), table.take);
    if (failure !== null) throw failure;
    return table.read();
  }

  async function runScript(text: string): Promise<ScriptResult> {
    // the server passes over CopyFail unless it waits for data; then it would wait forever, as PGlite does not block
    const request = Buffer.concat([serialize.query(text), serialize.copyFail(NO_DATA)]);
    const { failure, result } = await exchange(request, () => undefined);
    if (failure !== null) throw failure;
    return result;
  }
}

/** Counts what completes and keeps the first failure. Rows are not kept. */
function createReader(onMessage: (message: WireMessage) => void): {
  read(message: WireMessage): void;
  answer(): Answer | null;
} {
  let [completed, tag, failure, status, waits] = [0, null, null, null, false] as [
    number,
    string | null,
    ServerFailure | null,
    string | null,
    boolean,
  ];
  return {
    read: (message) => {
      if (message.name === 'commandComplete') {
        completed += 1;
        tag = message.text ?? null;
      }
      if (message.name === 'copyInResponse') waits = true;
      if (message.name === 'error')
        failure ??= new ServerFailure(toServerMessage(message), completed, waits ? NO_DATA : message.hint);
      if (message.name === 'readyForQuery') status = message.status ?? null;
      onMessage(message);
    },
    answer: () =>
      status === null ? null : { failure, result: { completed, tag, status: toTransactionStatus(status) } },
  };
}

function toServerMessage(message: WireMessage): ServerMessage {
  return Object.assign(message, { message: message.message ?? 'unknown error' });
}

interface NamedTable extends Table {
  readonly names: readonly string[];
}

function createTable(): { take(message: WireMessage): void; read(): NamedTable } {
  const rows: (readonly (string | null)[])[] = [];
  let columns: readonly { readonly name: string; readonly dataTypeID: number }[] = [];
  return {
    take: ({ name, fields = [] }) => {
      if (name === 'rowDescription') columns = fields as typeof columns;
      if (name === 'dataRow') rows.push(fields as readonly (string | null)[]);
    },
    read: () => ({
      names: columns.map((column) => column.name),
      types: columns.map((column) => column.dataTypeID),
      rows,
    }),
  };
}

function toRows({ names, rows }: NamedTable): readonly Row[] {
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
}
