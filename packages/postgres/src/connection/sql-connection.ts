/**
 * One session with a server, as small as this package needs it: over `pg` and over PGlite.
 *
 * Calls may be made without awaiting the earlier ones: they are answered in order. Values come back as the server
 * writes them (text or `null`), so that both clients give the same; who asks converts.
 *
 * @module
 */

export type Row = Readonly<Record<string, string | null>>;

/** An answer whose columns nobody knows beforehand: each with the OID of its type, a domain with that of its base. */
export interface Table {
  readonly types: readonly number[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Where a session stands after a text: outside a transaction, in one, or in one that has failed. */
export type TransactionStatus = 'idle' | 'open' | 'failed';

export interface ScriptResult {
  /** Statements that were completed. */
  readonly completed: number;
  /** The last statement's command tag: `COMMIT`. */
  readonly tag: string | null;
  readonly status: TransactionStatus;
}

export interface SqlConnection {
  /**
   * One statement by the extended protocol, in which the server takes no second one.
   *
   * @throws {ServerFailure}, or {SquizzleError} `CONNECTION_LOST`.
   */
  query(sql: string, values?: readonly (string | null)[]): Promise<readonly Row[]>;
  /**
   * As {@link query}, by place.
   *
   * @throws {ServerFailure}, or {SquizzleError} `CONNECTION_LOST`.
   */
  table(sql: string): Promise<Table>;
  /**
   * One text of any number of statements by the simple protocol; rows are dropped as they arrive.
   *
   * @throws {ServerFailure}, or {SquizzleError} `CONNECTION_LOST`.
   */
  send(text: string): Promise<ScriptResult>;
  close(): Promise<void>;
}

/** The fields of an error message of PostgreSQL that are used here, as `pg` and PGlite name them. */
export interface ServerMessage {
  readonly message: string;
  readonly severity?: string | undefined;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly where?: string | undefined;
  /** 1-based, in characters. */
  readonly position?: string | undefined;
}

/** The server refused a statement. Never leaves this package: callers see `STATEMENT_FAILED` or a code that says more. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure';
  readonly sqlState: string;
  /** In code points from the start of the text. */
  readonly offset: number | null;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly context: string | null;
  /** Statements of the text that had run before. */
  readonly completed: number;

  constructor(message: ServerMessage, completed: number, hint = message.hint) {
    super(message.message);
    this.sqlState = message.code ?? 'XX000';
    this.offset = message.position === undefined ? null : Number(message.position) - 1;
    this.detail = message.detail ?? null;
    this.hint = hint ?? null;
    this.context = message.where ?? null;
    this.completed = completed;
  }
}

/** Errors of the server carry a severity; those of the network do not. */
export function isServerMessage(error: unknown): error is Error & ServerMessage {
  return error instanceof Error && typeof (error as Partial<ServerMessage>).severity === 'string';
}

const STATUS: Readonly<Record<string, TransactionStatus>> = { I: 'idle', T: 'open', E: 'failed' };

/** From the letter in ReadyForQuery. */
export function toTransactionStatus(letter: string | null | undefined): TransactionStatus {
  return STATUS[letter ?? ''] ?? 'idle';
}

/** Whether the server answered with this SQLSTATE. */
export function failedWith(error: unknown, ...sqlStates: readonly string[]): error is ServerFailure {
  return error instanceof ServerFailure && sqlStates.includes(error.sqlState);
}
