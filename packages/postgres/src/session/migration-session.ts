/**
 * The session that {@link DatabaseDriver.withLock} hands to its caller, over either client.
 *
 * @module
 */
import type { MigrationSession, Script, StatementEffect } from '@squizzle/core';
import { ServerFailure } from '../connection/sql-connection.ts';
import { clearLeftover, inspectEffect } from '../effects/statement-effects.ts';
import { runRepair } from '../examination/repair.ts';
import { readLedger } from '../ledger/ledger-reader.ts';
import type { SessionContext } from './session-context.ts';
import { proveLock } from './session-proof.ts';
import { refuseStatement, toStatementFailed } from './statement-error.ts';
import { runTransaction } from './transaction/transaction.ts';

const ACTIVE_TRANSACTION = '25001';
/** For dropping an index concurrently and finishing a detach. Milliseconds. */
const PATIENT_LOCK_TIMEOUT_MS = 600_000;

export function createMigrationSession(context: SessionContext): MigrationSession {
  const { connection, names, description } = context;
  return {
    readHistory: () => readLedger(connection, names, description),
    transaction: (work, { afterAbort = false } = {}) =>
      runTransaction(afterAbort ? { ...context, connection: context.cleanup } : context, work),
    executeOutsideTransaction: (script) => executeAlone(context, script),
    inspectEffect: (effect) => inspectEffect(connection, effect).catch(refuse),
    clearLeftover: (effect) => clearPatiently(context, effect),
    repair: (repair) => runRepair(context, repair),
  };
}

function refuse(error: unknown): never {
  throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
}

/** As {@link executeAlone} runs what is cleared away: it waits for old transactions, and nobody queues behind it. */
async function clearPatiently(context: SessionContext, effect: StatementEffect): Promise<void> {
  const { connection, restorer } = context;
  await connection.send(restorer.limits({ lockTimeoutMs: PATIENT_LOCK_TIMEOUT_MS }, 'SESSION') ?? '').catch(refuse);
  try {
    await clearLeftover(connection, effect).catch(refuse);
  } finally {
    await restore(context);
  }
}

async function executeAlone(context: SessionContext, script: Script): Promise<void> {
  const { connection, restorer } = context;
  const limits = restorer.limits(script.settings, 'SESSION');
  if (limits !== null) await connection.send(limits).catch(refuse);
  try {
    const { status } = await connection.send(script.sql);
    if (status !== 'idle') throw leftTransactionOpen();
    await proveLock(context);
  } catch (error) {
    throw error instanceof ServerFailure ? toStatementFailed(error, 0) : error;
  } finally {
    await restore(context);
  }
}

/** Runs after failures too. A session that is gone has nothing to restore. */
async function restore({ cleanup, restorer }: SessionContext): Promise<void> {
  try {
    const { status } = await cleanup.send('');
    if (status !== 'idle') await cleanup.send('ROLLBACK');
    await cleanup.send(restorer.restoreAll);
  } catch {
    // the caller's error says more
  }
}

function leftTransactionOpen(): Error {
  const message = 'the text began a transaction and did not end it: it was rolled back';
  return refuseStatement(message, ACTIVE_TRANSACTION, 0);
}
