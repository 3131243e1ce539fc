/**
 * One file of SQL, from bytes to statements: encoding, scanner, parser, rules.
 *
 * @module
 */
import { alignStatements } from './align.ts';
import { classifyStatement, classifyUnparsed, classifyWithoutTransaction } from './classify.ts';
import { createDirectiveReader, type DirectiveReader } from './directives.ts';
import { checkEncoding } from './encoding.ts';
import { createHazardFinder } from './hazards.ts';
import { createLockEstimator } from './locks/estimate-locks.ts';
import type { SqlAnalysis, SqlAnalyzer, SqlDirectives, SqlStatement, StatementEffect } from './model.ts';
import { loadParser, type ParsedStatement, type Parser } from './parser.ts';
import { createPositionCursor } from './position.ts';
import { parseChecks, readQueries } from './queries.ts';
import { type ScannedStatement, scanSql } from './scanner.ts';
import { checkTransactionControl } from './transaction-control.ts';

export interface SqlAnalyzerOptions {
  /**
   * Files above this size are split by the scanner alone, and only their short statements that are not data are parsed.
   * Default 1 MiB: for that much data the parser takes some 0.2 s and 100 MB.
   */
  readonly maxParsedBytes?: number;
}

interface FoundStatement {
  readonly scanned: ScannedStatement;
  /** `undefined`: not parsed. */
  readonly node: ParsedStatement['node'] | undefined;
}

const DEFAULT_MAX_PARSED_BYTES = 1024 * 1024;
/** In a big file, longer statements are data, or bodies that need no classification. */
const MAX_STATEMENT_BYTES = 64 * 1024;
/** In a big file these are not parsed: they run in any transaction, and there may be a million of them. */
const DATA_COMMANDS = new Set(['INSERT', 'VALUES', 'UPDATE', 'DELETE', 'SELECT', 'WITH', 'SET']);

/**
 * An analyzer over PostgreSQL 18's grammar.
 *
 * The parser is loaded by the first file that has a statement.
 */
export function createSqlAnalyzer(options: SqlAnalyzerOptions = {}): SqlAnalyzer {
  const { maxParsedBytes = DEFAULT_MAX_PARSED_BYTES } = options;
  let parser: Promise<Parser> | undefined;
  const loaded = async (): Promise<Parser> => (parser ??= loadParser());
  return {
    analyze: async (bytes) => {
      const sql = toBuffer(bytes);
      checkEncoding(sql);
      const statements: ScannedStatement[] = [];
      const reader = createDirectiveReader(sql);
      scanSql(sql, { statement: (found) => statements.push(found), lineComment: reader.read });
      const directives = await withChecks(sql, reader, loaded);
      if (statements.length === 0) return { statements: [], directives, hazards: [] };
      return collect(sql, directives, findStatements(sql, statements, await loaded(), maxParsedBytes));
    },
    readQueries: async (bytes) => {
      const sql = toBuffer(bytes);
      checkEncoding(sql);
      return readQueries(sql, await loaded());
    },
  };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function withChecks(
  sql: Buffer,
  { directives, checks }: DirectiveReader,
  loaded: () => Promise<Parser>,
): Promise<SqlDirectives> {
  if (checks.length === 0) return directives;
  return { ...directives, checks: parseChecks(sql, checks, await loaded()) };
}

function findStatements(
  sql: Buffer,
  scanned: readonly ScannedStatement[],
  parser: Parser,
  maxParsedBytes: number,
): Iterable<FoundStatement> {
  const parsed = sql.length > maxParsedBytes ? undefined : parser.parse(sql, 0, sql.length);
  if (parsed === undefined) return parseSelected(sql, scanned, parser);
  return alignStatements(parsed, scanned).map((one) => ({ scanned: one.scanned, node: one.parsed.node }));
}

function* parseSelected(
  sql: Buffer,
  statements: readonly ScannedStatement[],
  parser: Parser,
): Generator<FoundStatement, void, undefined> {
  for (const scanned of statements) {
    const { start, end } = scanned;
    const [parsed] = (isWorthParsing(scanned) ? parser.parse(sql, start, end) : undefined) ?? [];
    yield { scanned, node: parsed?.node };
  }
}

function isWorthParsing({ start, end, words, mentionsSetConfig }: ScannedStatement): boolean {
  if (end - start > MAX_STATEMENT_BYTES) return false;
  return mentionsSetConfig || !DATA_COMMANDS.has(words[0] ?? '');
}

function collect(sql: Buffer, directives: SqlDirectives, found: Iterable<FoundStatement>): SqlAnalysis {
  const { transaction } = directives;
  const hazards = createHazardFinder();
  const locks = createLockEstimator();
  const positionOf = createPositionCursor(sql);
  const statements: SqlStatement[] = [];
  for (const { scanned, node } of found) {
    const { start, end } = scanned;
    const alone = findEffect(node, scanned, transaction);
    if (node === undefined) hazards.addUnparsed(scanned);
    else {
      checkTransactionControl(sql, start, node, transaction);
      hazards.add(node, scanned);
    }
    if (alone === null) locks.add(node);
    const { line, column } = positionOf(start);
    statements.push({ start, end, line, column, alone });
  }
  const total = locks.total();
  return { statements, directives, hazards: hazards.list(), ...(total === 0 ? {} : { locks: total }) };
}

function findEffect(
  node: FoundStatement['node'],
  { words }: ScannedStatement,
  transaction: 'off' | undefined,
): StatementEffect | null {
  if (transaction === 'off') return node === undefined ? classifyUnparsed(words[0]) : classifyWithoutTransaction(node);
  return node === undefined ? null : classifyStatement(node);
}
