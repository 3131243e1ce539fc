/**
 * The server's refusal as callers see it.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { ServerFailure } from '../connection/sql-connection.ts';

/**
 * @param index the text's place among those sent; -1 for what is not a caller's text (COMMIT, the ledger).
 * @param lead characters of ours before the caller's text; `null` where a place is not one in that text.
 */
export function toStatementFailed(
  failure: ServerFailure,
  index: number,
  lead: number | null = 0,
): SquizzleError<'STATEMENT_FAILED'> {
  const { sqlState, completed, detail, hint, context } = failure;
  const offset = failure.offset === null || lead === null ? null : Math.max(0, failure.offset - lead);
  const details = { sqlState, index, offset, completed, detail, hint, context };
  return new SquizzleError('STATEMENT_FAILED', failure.message, details, { cause: failure });
}

/** A refusal of our own: the server did what it was told, and that must not stand. */
export function refuseStatement(message: string, sqlState: string, index: number): SquizzleError<'STATEMENT_FAILED'> {
  const details = { sqlState, index, offset: null, completed: null, detail: null, hint: null, context: null };
  return new SquizzleError('STATEMENT_FAILED', message, details);
}
