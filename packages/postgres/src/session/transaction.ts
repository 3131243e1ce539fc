/**
 * Transactions that tell the truth: what is reported as committed was committed, by the transaction that was begun.
 *
 * @module
 */
import { isSquizzleError, type MigrationTransaction, type Script } from '@squizzle/core';
import { connectionLost } from '../connection/connection-errors.ts';
import { ServerFailure } from '../connection/sql-connection.ts';
import { appendEvent, writeJournal } from '../ledger/ledger-writer.ts';
import { readObjects } from '../snapshot/read-objects.ts';
import { endedTransaction, sendScripts } from './send-scripts.ts';
import type { SessionContext } from './session-context.ts';
import { refuseStatement, toStatementFailed } from './statement-error.ts';

const IN_FAILED_TRANSACTION = '25P02';

export async function runTransaction<T>(
  context: SessionContext,
  work: (transaction: MigrationTransaction) => Promise<T>,
): Promise<T> {
  const id = await begin(context);
  let result: T;
  try {
    result = await work(createTransaction(context, id));
  } catch (error) {
    await rollBack(context);
    throw error;
  }
  await commit(context);
  return result;
}

/** @returns the transaction's id: a text that ends the transaction and begins another is found out by it. */
async function begin({ connection }: SessionContext): Promise<string> {
  const begun = connection.send('BEGIN');
  const identified = connection.query('SELECT pg_current_xact_id()::text AS id');
  const [, [row]] = await Promise.all([begun, identified]).catch(refuse);
  return row?.['id'] ?? '';
}

function refuse(error: unknown): never {
  throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
}

function createTransaction(context: SessionContext, id: string): MigrationTransaction {
  const { connection, names, description } = context;
  return {
    execute: (scripts) => execute(context, id, scripts),
    append: (event) => appendEvent(connection, names, description, event),
    journal: (entries) => writeJournal(connection, names, description, entries),
    snapshotSchema: () => readObjects(connection, names.name).catch(refuse),
  };
}

async function execute(
  { connection, restorer }: SessionContext,
  id: string,
  scripts: readonly Script[],
): Promise<void> {
  await sendScripts(connection, restorer, scripts);
  const [row] = await connection.query('SELECT pg_current_xact_id_if_assigned()::text AS id').catch(refuse);
  if (row?.['id'] !== id) throw endedTransaction(scripts.length - 1);
}

async function rollBack({ cleanup }: SessionContext): Promise<void> {
  try {
    await cleanup.send('ROLLBACK');
  } catch {
    // the session is gone and its transaction with it; the caller's error says more
  }
}

/** The server answers COMMIT of a failed transaction with ROLLBACK, without an error. */
async function commit(context: SessionContext): Promise<void> {
  const { connection, description } = context;
  try {
    const { tag } = await connection.send('COMMIT');
    if (tag === 'COMMIT') return;
  } catch (error) {
    if (isSquizzleError(error, 'CONNECTION_LOST')) throw unknownOutcome(description);
    if (isSquizzleError(error)) await rollBack(context);
    throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
  }
  const message = 'the server rolled the transaction back: a statement of it had failed, though its work went on';
  throw refuseStatement(message, IN_FAILED_TRANSACTION, -1);
}

function unknownOutcome(description: string): Error {
  const error = connectionLost(description);
  error.message +=
    '. It broke at COMMIT: the ledger tells whether the last transaction was committed; run squizzle status';
  return error;
}
