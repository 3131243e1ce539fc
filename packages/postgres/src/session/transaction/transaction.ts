/**
 * Transactions that tell the truth: what is reported as committed was committed, by the transaction that was begun.
 *
 * @module
 */
import { isSquizzleError, type MigrationTransaction } from '@squizzle/core';
import { ServerFailure } from '../../connection/sql-connection.ts';
import { keepSnapshot } from '../../ledger/kept-snapshot.ts';
import { appendEvent, writeJournal } from '../../ledger/ledger-writer.ts';
import { askQuestion } from './ask.ts';
import { readHeldLocks } from '../held-locks.ts';
import { readLiveSnapshot } from './live-snapshot.ts';
import { sendScripts } from './send-scripts.ts';
import type { SessionContext } from '../session-context.ts';
import { identify, prove, type TransactionId } from '../session-proof.ts';
import { refuseStatement, toStatementFailed } from '../statement-error.ts';

const IN_FAILED_TRANSACTION = '25P02';

export async function runTransaction<T>(
  context: SessionContext,
  work: (transaction: MigrationTransaction) => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await work(createTransaction(context, await begin(context)));
  } catch (error) {
    await rollBack(context);
    throw error;
  }
  await commit(context);
  return result;
}

/** Both on the way at once. A BEGIN that was refused is a session in the wrong state: nothing else is sent to it. */
async function begin(context: SessionContext): Promise<TransactionId> {
  const [, id] = await Promise.all([context.connection.send('BEGIN'), identify(context)]).catch(refuse);
  return id;
}

function refuse(error: unknown): never {
  throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
}

function createTransaction(context: SessionContext, id: TransactionId): MigrationTransaction {
  const { connection, restorer, names, description } = context;
  return {
    execute: (scripts) => sendScripts(connection, restorer, scripts, () => prove(context, id, scripts.length - 1)),
    append: (event) => appendEvent(connection, names, description, event),
    journal: (entries) => writeJournal(connection, names, description, entries),
    ask: async (question) => {
      const found = await askQuestion(connection, question);
      await prove(context, id, 0);
      return found;
    },
    snapshotSchema: () => readLiveSnapshot(connection, names.name).catch(refuse),
    heldLocks: () => readHeldLocks(connection, names.name).catch(refuse),
    keepSnapshot: (digest, snapshot) => keepSnapshot(connection, names, description, digest, snapshot),
  };
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
  const { connection } = context;
  try {
    const { tag } = await connection.send('COMMIT');
    if (tag === 'COMMIT') return;
  } catch (error) {
    const lost = toLost(error);
    if (lost !== null) throw unknownOutcome(lost);
    if (isSquizzleError(error)) await rollBack(context);
    throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
  }
  const message = 'the server rolled the transaction back: a statement of it had failed, though its work went on';
  throw refuseStatement(message, IN_FAILED_TRANSACTION, -1);
}

/** A stop that broke the connection is a lost connection first: what is not known is worse than what was wanted. */
function toLost(error: unknown): Error | null {
  if (isSquizzleError(error, 'CONNECTION_LOST')) return error;
  return isSquizzleError(error, 'CANCELLED') && isSquizzleError(error.cause, 'CONNECTION_LOST') ? error.cause : null;
}

function unknownOutcome(lost: Error): Error {
  lost.message +=
    '. It broke at COMMIT: the ledger tells whether the last transaction was committed; run squizzle status';
  return lost;
}
