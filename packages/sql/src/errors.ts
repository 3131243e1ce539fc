/**
 * Every way in which a file is refused: a closed list of codes, each with the place and what to do.
 *
 * @module
 */
import { createPositionCursor, formatExcerpt, type SqlPosition } from './position.ts';

/** What an error of each code carries. */
export interface SqlErrorDetails {
  /** PostgreSQL's parser (or, first, our scanner) cannot read it. `reason` is its own message. */
  SQL_SYNTAX: SqlPosition & { readonly reason: string };
  /** A command of psql, such as `\i` or `\gset`: no server knows it. */
  SQL_META_COMMAND: SqlPosition & { readonly command: string };
  /** `COPY … FROM STDIN`: its data is no SQL. */
  SQL_COPY_STDIN: SqlPosition;
  /** BEGIN, COMMIT and the like, in a file that SQUIZZLE runs in its own transactions. */
  SQL_TRANSACTION_CONTROL: SqlPosition & { readonly statement: string };
  /** The bytes are not UTF-8 text with `\n` line endings. */
  SQL_ENCODING: SqlPosition & { readonly problem: 'byte-order-mark' | 'utf-8' | 'nul' | 'line-ending' };
  /** A `-- squizzle:` comment that is not understood. */
  SQL_DIRECTIVE: SqlPosition & { readonly directive: string };
  /** Where queries are expected that must be true: a statement that is none. `reason`: what was found. */
  SQL_QUERY: SqlPosition & { readonly reason: string };
}

export type SqlErrorCode = keyof SqlErrorDetails;

/**
 * A file that cannot be released as it stands.
 *
 * `message` says what was found and what was expected, with the source line and a caret; `hint` says what to do next.
 */
export class SqlError<C extends SqlErrorCode = SqlErrorCode> extends Error {
  override readonly name = 'SqlError';
  readonly code: C;
  readonly details: SqlErrorDetails[C];
  readonly hint: string;
  constructor(code: C, message: string, details: SqlErrorDetails[C], hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
    this.hint = hint;
  }
}

/** Compares names and codes, not classes: two copies of this package may be loaded. */
export function isSqlError<C extends SqlErrorCode = SqlErrorCode>(value: unknown, code?: C): value is SqlError<C> {
  if (!(value instanceof Error) || value.name !== 'SqlError' || !('code' in value)) return false;
  return code === undefined || value.code === code;
}

export interface SqlFault<C extends SqlErrorCode> {
  /** What was found and what was expected, in one sentence. */
  readonly message: string;
  /** What to do next, in one sentence. */
  readonly hint: string;
  /** What the details hold besides the position. */
  readonly details: Omit<SqlErrorDetails[C], keyof SqlPosition>;
  readonly cause?: unknown;
}

/** The error for a fault at a byte offset: adds line, column, source line and caret. */
export function sqlErrorAt<C extends SqlErrorCode>(
  code: C,
  sql: Uint8Array,
  offset: number,
  fault: SqlFault<C>,
): SqlError<C> {
  const position = createPositionCursor(sql)(offset);
  const message = `line ${position.line}, column ${position.column}: ${fault.message}\n${formatExcerpt(sql, offset)}`;
  // The two halves of the details are put together here and nowhere else.
  const details = { ...position, ...fault.details } as unknown as SqlErrorDetails[C];
  return new SqlError(code, message, details, fault.hint, 'cause' in fault ? { cause: fault.cause } : undefined);
}
