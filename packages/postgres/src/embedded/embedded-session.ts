/**
 * The migration session of an embedded database: its lock, and its turns with whoever reads meanwhile.
 *
 * @module
 */
import { SquizzleError, type LockOptions, type MigrationSession } from '@squizzle/core';
import { pause, refuseAborted } from '../connection/abort.ts';
import { guardConnection } from '../connection/cancellation.ts';
import { ServerFailure } from '../connection/sql-connection.ts';
import { ensureLedger } from '../ledger/ledger-schema.ts';
import { DEFAULT_WAIT_MS } from '../session/migration-lock.ts';
import { createMigrationSession } from '../session/migration-session.ts';
import { createRestorer, toSessionSettings } from '../session/session-settings.ts';
import { toStatementFailed } from '../session/statement-error.ts';
import type { EmbeddedContext } from './embedded-context.ts';
import type { Turns } from './turn.ts';

export async function withLockedSession<T>(
  context: EmbeddedContext,
  options: LockOptions,
  work: (session: MigrationSession) => Promise<T>,
): Promise<T> {
  await takeLock(context.lock, options);
  try {
    const session = await context.turns.take(() => prepare(context, options));
    return await work(takingTurns(session, context.turns));
  } finally {
    context.lock.holder = null;
  }
}

export function refuse(error: unknown): never {
  throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
}

/** Another process waits at the folder's lock; here only calls of this process meet. */
async function takeLock(lock: { holder: string | null }, options: LockOptions): Promise<void> {
  const waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
  const deadline = performance.now() + waitMs;
  refuseAborted(options.signal, 'waiting for the migration lock');
  for (let told = false; lock.holder !== null; told = true) {
    const { holder } = lock;
    if (performance.now() >= deadline) {
      const message = `another migration of this process holds the lock: ${holder}. Waited ${waitMs} ms`;
      throw new SquizzleError('LOCK_TIMEOUT', message, { waitMs, holder });
    }
    if (!told) options.onWaiting?.(holder);
    await pause(20, options.signal, 'waiting for the migration lock');
  }
  lock.holder = `this process (${options.applicationName ?? 'squizzle'})`;
}

async function prepare(context: EmbeddedContext, options: LockOptions): Promise<MigrationSession> {
  const { names, description } = context;
  const { connection: cleanup } = await context.open(options);
  cleanup.onNotice(options.onNotice);
  const connection = guardConnection(cleanup, options.signal);
  const restorer = createRestorer(toSessionSettings(options), '');
  await connection.send(restorer.apply).catch(refuse);
  await ensureLedger(connection, names, description);
  return createMigrationSession({ connection, cleanup, names, restorer, description });
}

/** Others may read between two transactions, not inside one. */
function takingTurns(session: MigrationSession, turns: Turns): MigrationSession {
  return {
    readHistory: () => turns.join(() => session.readHistory()),
    transaction: (work, options) => turns.join(() => session.transaction(work, options)),
    executeOutsideTransaction: (script) => turns.join(() => session.executeOutsideTransaction(script)),
    inspectEffect: (effect) => turns.join(() => session.inspectEffect(effect)),
    clearLeftover: (effect) => turns.join(() => session.clearLeftover(effect)),
    repair: (repair) => turns.join(() => session.repair(repair)),
  };
}
