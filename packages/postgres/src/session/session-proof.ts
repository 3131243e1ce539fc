/**
 * Proof that a session is what its caller takes it for: in the transaction that was begun, with the migration lock.
 * A text may end the one (`COMMIT`) and give back the other (`pg_advisory_unlock_all()`, `DISCARD ALL`).
 *
 * @module
 */
import { ServerFailure, type Row } from '../connection/sql-connection.ts';
import { stillHeld } from './migration-lock.ts';
import type { SessionContext } from './session-context.ts';
import { refuseStatement, toStatementFailed } from './statement-error.ts';

const INVALID_TRANSACTION_TERMINATION = '2D000';
const OBJECT_NOT_IN_PREREQUISITE_STATE = '55000';

/** Of the transaction that was begun. */
export type TransactionId = string;

/** @returns the transaction's id, given to it now: a text that ends it and begins another is found out by it. */
export async function identify(context: SessionContext): Promise<TransactionId> {
  const { id, isLocked } = await look(context, 'pg_current_xact_id()');
  if (!isLocked) throw lostLock(-1);
  return id;
}

/** May be called with texts still on the way. @param index of the text that is to blame. */
export async function prove(context: SessionContext, expected: TransactionId, index: number): Promise<void> {
  const { id, isLocked } = await look(context, 'pg_current_xact_id_if_assigned()');
  if (id !== expected) throw endedTransaction(index);
  if (!isLocked) throw lostLock(index);
}

/** Outside a transaction. */
export async function proveLock(context: SessionContext): Promise<void> {
  if (context.lock === undefined) return;
  const { isLocked } = await look(context, 'NULL');
  if (!isLocked) throw lostLock(0);
}

async function look(
  { connection, lock }: SessionContext,
  id: string,
): Promise<{ readonly id: TransactionId; readonly isLocked: boolean }> {
  const held = lock === undefined ? 'true' : stillHeld(lock);
  const [row] = await connection.query(`SELECT ${id}::text AS id, ${held} AS held`).catch(refuse);
  return { id: row?.['id'] ?? '', isLocked: row?.['held'] === 't' };
}

function refuse(error: unknown): readonly Row[] {
  throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
}

export function endedTransaction(index: number): Error {
  const message =
    'the text ended the transaction of the release: part of it may be committed and is not in the ledger. Take COMMIT, ROLLBACK and the like out of it';
  return refuseStatement(message, INVALID_TRANSACTION_TERMINATION, index);
}

function lostLock(index: number): Error {
  const message =
    'the migration lock was given back while the migration ran, so another one may be running: nothing more is committed. Take pg_advisory_unlock_all() and DISCARD ALL out of the texts and of what they call';
  return refuseStatement(message, OBJECT_NOT_IN_PREREQUISITE_STATE, index);
}
