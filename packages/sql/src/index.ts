/**
 * PostgreSQL statements with exact offsets, split and classified by PostgreSQL's own parser.
 *
 * @module
 */
export { createSqlAnalyzer, type SqlAnalyzerOptions } from './analyzer.ts';
export { isSqlError, SqlError, type SqlErrorCode, type SqlErrorDetails } from './errors.ts';
export type {
  HazardCode,
  SqlAnalysis,
  SqlAnalyzer,
  SqlCheck,
  SqlDirectives,
  SqlStatement,
  StatementEffect,
} from './model.ts';
export { formatExcerpt, type SqlPosition } from './position.ts';
export { quoteIdentifier, quoteQualifiedName } from './quote.ts';
