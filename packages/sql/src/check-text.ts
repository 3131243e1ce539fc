/**
 * The directive `check "query"`: a query between double quotes, in which a double quote is written `""`.
 *
 * Here it is only found; {@link parseChecks} says whether it is a query.
 *
 * @module
 */
import { directiveError } from './directive-error.ts';
import type { SqlError } from './errors.ts';
import { BYTE, byteAt } from './lexemes.ts';
import { toPrintable } from './position.ts';

export const CHECK = 'check';
/** SQL quotes names with the very character that ends the query. */
export const CHECK_EXAMPLE = '`-- squizzle: check "SELECT count(*) = 0 FROM ""order"" WHERE total IS NULL"`';

export interface CheckText {
  /** The query, each `""` made `"`. */
  readonly sql: string;
  /** Byte offset of the opening quote. */
  readonly start: number;
  /** Byte offset after the closing quote. */
  readonly end: number;
}

/**
 * @returns `undefined` when the word at this offset is not `check`.
 * @throws {SqlError} `SQL_DIRECTIVE` when it is, and no quoted text of this line follows.
 */
export function readCheck(sql: Buffer, offset: number, lineEnd: number): CheckText | undefined {
  const line = sql.toString('latin1', offset, lineEnd);
  const blanks = /^check(?:[ \t\f\v]*(?=")|(?=[=' \t\f\v]|$))/.exec(line)?.[0];
  if (blanks === undefined) return undefined;
  const rest = line.slice(blanks.length);
  if (!rest.startsWith('"')) throw checkError(sql, offset, line, `found ${quote(sql, offset, lineEnd)}`);
  const quoted = /^"(?:[^"]|"")*"(?!")/.exec(rest)?.[0];
  if (quoted === undefined) throw checkError(sql, offset, line, 'found no closing " on this line');
  if (!/^(?:[ \t\f\v]|$)/.test(rest.slice(quoted.length)))
    throw checkError(sql, offset + blanks.length + quoted.length, line, 'found text directly behind the closing "');
  const start = offset + blanks.length;
  const end = start + quoted.length;
  return { sql: sql.toString('utf8', start + 1, end - 1).replaceAll('""', '"'), start, end };
}

/** Byte offset in the file of a byte offset in the query. */
export function toFileOffset(sql: Buffer, { start }: CheckText, queryOffset: number): number {
  let at = start + 1;
  for (let left = queryOffset; left > 0; left--) at += byteAt(sql, at) === BYTE.DOUBLE_QUOTE ? 2 : 1;
  return at;
}

function quote(sql: Buffer, offset: number, lineEnd: number): string {
  return toPrintable(sql.toString('utf8', offset, lineEnd));
}

function checkError(sql: Buffer, offset: number, text: string, found: string): SqlError<'SQL_DIRECTIVE'> {
  const message = `expected ${CHECK} "query", ${found}`;
  return directiveError(sql, offset, text, message, 'A " inside the query is written "". ', CHECK_EXAMPLE);
}
