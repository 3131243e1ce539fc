/**
 * `DatabaseInspector.examine` over either client: reads in one transaction, takes no lock, changes nothing.
 *
 * @module
 */
import type { DatabaseExamination } from '@squizzle/core';
import { allAnswers } from '../all-answers.ts';
import type { SqlConnection } from '../connection/sql-connection.ts';
import { toLedgerError } from '../ledger/ledger-errors.ts';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { findHolder, toLockKey } from '../session/migration-lock.ts';
import { examineLedger } from './examine-ledger.ts';
import { findInvalidIndexes } from './invalid-indexes.ts';
import { findOpenTransactions, findPendingDetaches } from './obstacles.ts';
import { readQualified } from './read-qualified.ts';

export interface ExaminationOptions {
  /** How long a transaction is open before it is told of; 60 unless said. */
  readonly openForSeconds?: number | undefined;
}

const DEFAULT_OPEN_FOR_SECONDS = 60;

/** @throws {SquizzleError} `DATABASE_DENIED` when the role may not read the ledger; `CONNECTION_LOST`. */
export async function examineDatabase(
  connection: SqlConnection,
  names: LedgerNames,
  description: string,
  { openForSeconds = DEFAULT_OPEN_FOR_SECONDS }: ExaminationOptions = {},
): Promise<DatabaseExamination> {
  try {
    return await readQualified(connection, () => look(connection, names, openForSeconds));
  } catch (error) {
    throw toLedgerError(error, names, description, 'read the ledger');
  }
}

async function look(
  connection: SqlConnection,
  names: LedgerNames,
  openForSeconds: number,
): Promise<DatabaseExamination> {
  const [ledger, indexes, pendingDetaches, lockHolder, openTransactions] = await allAnswers([
    examineLedger(connection, names),
    findInvalidIndexes(connection),
    findPendingDetaches(connection),
    findHolder(connection, toLockKey(names)),
    findOpenTransactions(connection, openForSeconds),
  ]);
  const invalidIndexes = indexes.map(({ facts }) => facts);
  return { ledger, invalidIndexes, pendingDetaches, lockHolder, openTransactions };
}
