/**
 * Queries that must be true: which statements may be one, and where they stand.
 *
 * One rule: asking changes nothing. So it is a single SELECT, VALUES, TABLE or WITH … SELECT that makes no table (INTO), locks
 * no rows (FOR UPDATE) and changes none (INSERT in a WITH). What a function does that it calls, no parser can see.
 *
 * @module
 */
import type { Node } from 'libpg-query';
import { alignStatements } from './align.ts';
import { CHECK_EXAMPLE, type CheckText, toFileOffset } from './check-text.ts';
import { directiveError } from './directive-error.ts';
import { findDirective } from './directives.ts';
import { isSqlError, type SqlError, sqlErrorAt } from './errors.ts';
import type { SqlCheck } from './model.ts';
import type { Parser } from './parser.ts';
import { createPositionCursor } from './position.ts';
import { type ScannedStatement, scanSql } from './scanner.ts';

const CHANGES: Readonly<Record<string, string>> = {
  InsertStmt: 'INSERT inside it',
  UpdateStmt: 'UPDATE inside it',
  DeleteStmt: 'DELETE inside it',
  MergeStmt: 'MERGE inside it',
  intoClause: 'SELECT … INTO',
  lockingClause: 'FOR UPDATE or FOR SHARE',
  ParamRef: 'a parameter',
};

const EXPECTED = 'expected a SELECT, VALUES or TABLE query that changes nothing';

/** The queries of `check` directives. @throws {SqlError} `SQL_DIRECTIVE` with the place inside the query. */
export function parseChecks(sql: Buffer, checks: readonly CheckText[], parser: Parser): SqlCheck[] {
  const positionOf = createPositionCursor(sql);
  return checks.map((check) => ({ sql: parseCheck(sql, check, parser), line: positionOf(check.start).line }));
}

function parseCheck(sql: Buffer, check: CheckText, parser: Parser): string {
  const query = Buffer.from(check.sql);
  const refuse = (offset: number, message: string): SqlError<'SQL_DIRECTIVE'> =>
    directiveError(sql, toFileOffset(sql, check, offset), check.sql, message, '', CHECK_EXAMPLE);
  try {
    const [first, second] = parseQueries(query, parser, () => undefined);
    if (first === undefined) throw refuse(0, `${EXPECTED}, found nothing between the quotes`);
    if (second !== undefined) throw refuse(second.start, 'expected one query, found another behind it');
    return query.toString('utf8', first.start, first.end);
  } catch (cause) {
    if (!isSqlError(cause) || isSqlError(cause, 'SQL_DIRECTIVE')) throw cause;
    const { details } = cause;
    throw refuse(details.offset, 'reason' in details ? `${EXPECTED}, found: ${details.reason}` : EXPECTED);
  }
}

/**
 * The queries of a text that holds nothing else, each with its line.
 *
 * @throws {SqlError} `SQL_QUERY` for a statement that is none, `SQL_DIRECTIVE` for a directive, which would hold for nothing here.
 */
export function readQueries(sql: Buffer, parser: Parser): SqlCheck[] {
  const positionOf = createPositionCursor(sql);
  const refuseDirective = (start: number, end: number): void => {
    if (findDirective(sql, start, end) === undefined) return;
    const hint = 'Move it to the SQL that it is meant for. ';
    throw directiveError(sql, start, sql.toString('utf8', start, end), 'expected queries, found a directive', hint);
  };
  return parseQueries(sql, parser, refuseDirective).map(({ start, end }) => ({
    sql: sql.toString('utf8', start, end),
    line: positionOf(start).line,
  }));
}

function parseQueries(
  sql: Buffer,
  parser: Parser,
  lineComment: (start: number, end: number) => void,
): ScannedStatement[] {
  const scanned: ScannedStatement[] = [];
  scanSql(sql, { statement: (found) => scanned.push(found), lineComment });
  const [first, last] = [scanned[0], scanned.at(-1)];
  if (first === undefined || last === undefined) return [];
  const parsed = parser.parse(sql, first.start, last.end);
  if (parsed === undefined) throw queryError(sql, first.start, 'one that is nested too deeply to be read');
  return alignStatements(parsed, scanned).map((one) => {
    const fault = faultOf(one.parsed.node, one.scanned);
    if (fault !== undefined) throw queryError(sql, one.scanned.start, fault);
    return one.scanned;
  });
}

function faultOf(node: Node, { words }: ScannedStatement): string | undefined {
  if (!('SelectStmt' in node)) return words[0] ?? 'another statement';
  const left: unknown[] = [node];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, child] of Object.entries(value)) {
      const change = CHANGES[name];
      if (change !== undefined) return change;
      left.push(child);
    }
  }
  return undefined;
}

function queryError(sql: Buffer, offset: number, found: string): SqlError<'SQL_QUERY'> {
  return sqlErrorAt('SQL_QUERY', sql, offset, {
    message: `${EXPECTED}, found ${found}`,
    hint: 'Ask for what must be true, as in `SELECT count(*) = 0 FROM orders WHERE total IS NULL;`.',
    details: { reason: found },
  });
}
