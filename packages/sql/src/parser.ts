/**
 * PostgreSQL's own parser, as WebAssembly: loaded when first needed, its errors turned into ours.
 *
 * Its statement offsets count bytes, its error positions count code points; outside this file there are only bytes.
 *
 * @see https://github.com/pganalyze/libpg_query
 * @module
 */
import type { Node } from 'libpg-query';
import { type SqlError, sqlErrorAt } from './errors.ts';
import { isContinuation, toPrintable } from './position.ts';

export interface ParsedStatement {
  readonly node: Node;
  /** Byte offset in the file, at or before the first token. */
  readonly from: number;
  /** Byte offset in the file, at or after the last token and not after the closing `;`. */
  readonly to: number;
}

export interface Parser {
  /**
   * Parses the bytes from `start` to `end` of a file.
   *
   * @returns `undefined` when the nesting is too deep for this process's stack (a chain of 10,000 UNIONs, say),
   *   which says nothing about the SQL.
   * @throws {SqlError} `SQL_SYNTAX`
   */
  parse(sql: Buffer, start: number, end: number): ParsedStatement[] | undefined;
}

/** Takes some 50 to 150 ms the first time in a process. */
export async function loadParser(): Promise<Parser> {
  const { hasSqlDetails, loadModule, parseSync } = await import('libpg-query');
  await loadModule();
  return {
    parse: (sql, start, end) => {
      try {
        const { stmts = [] } = parseSync(sql.toString('utf8', start, end));
        return stmts.map(({ stmt, stmt_location: location = 0, stmt_len: length }) => ({
          // An empty statement has no entry, so every entry has a tree.
          node: stmt as Node,
          from: start + location,
          to: length === undefined ? end : start + location + length,
        }));
      } catch (cause) {
        if (hasSqlDetails(cause)) {
          const offset = findCharacter(sql, start, end, cause.sqlDetails?.cursorPosition ?? 0);
          throw syntaxError(sql, offset, cause);
        }
        if (cause instanceof RangeError) return undefined;
        throw cause;
      }
    },
  };
}

/** Byte offset of the code point with this index, counted from `start`; for the very end, that before its blank lines. */
function findCharacter(sql: Buffer, start: number, end: number, index: number): number {
  let at = start;
  for (let left = index; left > 0 && at < end; left--) {
    at++;
    while (at < end && isContinuation(sql[at] ?? 0)) at++;
  }
  return at === end ? start + sql.toString('latin1', start, end).trimEnd().length : at;
}

function syntaxError(sql: Buffer, offset: number, cause: Error): SqlError<'SQL_SYNTAX'> {
  const reason = toPrintable(cause.message);
  return sqlErrorAt('SQL_SYNTAX', sql, offset, {
    message: `expected PostgreSQL's SQL, found: ${reason}`,
    hint: 'Look before the caret too: a missing comma, quote or semicolon is noticed only at the next word.',
    details: { reason },
    cause,
  });
}
