/**
 * What a failure means when it was the ledger that was read or written: by SQLSTATE.
 *
 * @module
 */
import { isSquizzleError, SquizzleError } from '@squizzle/core';
import { ServerFailure } from '../connection/sql-connection.ts';
import { toStatementFailed } from '../session/statement-error.ts';
import type { LedgerNames } from './ledger-names.ts';

const INSUFFICIENT_PRIVILEGE = '42501';
/** A table, column or function is missing, has another type, or has constraints that ours does not have. */
const FOREIGN_SHAPE = new Set([
  '42P01',
  '42703',
  '42883',
  '42804',
  '42809',
  '22P02',
  '23502',
  '23514',
  '42P07',
  '42723',
]);

/** What the role could not do, and the right for it. */
const RIGHTS = {
  'read the ledger': ({ schema }) =>
    `GRANT USAGE ON SCHEMA ${schema} and SELECT ON ALL TABLES IN SCHEMA ${schema} to it`,
  'create the ledger': () => 'It needs CREATE on the database, or a schema of that name that it owns',
  'write the ledger': ({ schema }) =>
    `Run it as the owner of the ledger, or GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} to it`,
  'upgrade the ledger': ({ ledger, schema }) =>
    `Run this once as the owner of ${ledger}, with CREATE on the schema ${schema}; rights given to others stay`,
  'mend the ledger': ({ ledger, schema }) => `Run this as the owner of ${ledger}, with CREATE on the schema ${schema}`,
} as const satisfies Record<string, (names: LedgerNames) => string>;

export type LedgerWork = keyof typeof RIGHTS;

export function toLedgerError(error: unknown, names: LedgerNames, description: string, doing: LedgerWork): Error {
  if (isSquizzleError(error)) return error;
  if (!(error instanceof ServerFailure)) return error as Error;
  const { sqlState } = error;
  if (sqlState === INSUFFICIENT_PRIVILEGE) {
    const message = `${description}: the role may not ${doing} in schema ${names.schema}: ${error.message}. ${RIGHTS[doing](names)}`;
    return new SquizzleError('DATABASE_DENIED', message, { database: description, sqlState }, { cause: error });
  }
  if (FOREIGN_SHAPE.has(sqlState)) {
    const message = `the schema ${names.schema} does not hold a ledger as SQUIZZLE makes it: ${error.message}`;
    return new SquizzleError('LEDGER_INVALID', message, { reason: error.message }, { cause: error });
  }
  return toStatementFailed(error, -1);
}
