/**
 * {@link DatabaseDriver} over PGlite: PostgreSQL in this process, in memory or in a folder.
 *
 * For development and tests: one session, no fsync, no cancelling. A folder is opened on first use and stays locked
 * against other processes until {@link DatabaseDriver.close}.
 *
 * @module
 */
import {
  EMPTY_HISTORY,
  SquizzleError,
  type CallOptions,
  type DatabaseDriver,
  type LockOptions,
  type MigrationSession,
} from '@squizzle/core';
import { pause, refuseAborted } from '../connection/abort.ts';
import { guardConnection } from '../connection/cancellation.ts';
import { ServerFailure, type SqlConnection } from '../connection/sql-connection.ts';
import { DEFAULT_LEDGER_SCHEMA, toLedgerNames, type LedgerNames } from '../ledger/ledger-names.ts';
import { readLedger } from '../ledger/ledger-reader.ts';
import { ensureLedger } from '../ledger/ledger-schema.ts';
import { readServerFacts } from '../server-facts.ts';
import { DEFAULT_WAIT_MS } from '../session/migration-lock.ts';
import { createMigrationSession } from '../session/migration-session.ts';
import { createRestorer, toSessionSettings } from '../session/session-settings.ts';
import { toStatementFailed } from '../session/statement-error.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';
import { isMissing, openEmbedded, type EmbeddedDatabase, type EmbeddedLocation } from './embedded-database.ts';
import { createTurns, type Turns } from './turn.ts';

export interface EmbeddedDriverOptions {
  /** A folder, made on first use, or `memory`. */
  readonly dataDir: string;
  /** Where a fresh database is kept for quick starts (40 MB); without it each new database takes some seconds. */
  readonly templateCacheDir?: string | undefined;
  /** Schema of the ledger; `squizzle` unless said. */
  readonly ledgerSchema?: string | undefined;
}

/** Needs the package `@electric-sql/pglite`, which is loaded on first use. */
export function createEmbeddedDriver(options: EmbeddedDriverOptions): DatabaseDriver {
  const { dataDir, templateCacheDir = null, ledgerSchema = DEFAULT_LEDGER_SCHEMA } = options;
  const description = dataDir === 'memory' ? 'embedded database in memory' : `embedded database in ${dataDir}`;
  const location = { dataDir, templateCacheDir, description };
  const context = createContext(location, toLedgerNames(ledgerSchema));
  const { names, turns } = context;
  const ask = <T>(call: CallOptions | undefined, question: (connection: SqlConnection) => Promise<T>): Promise<T> =>
    turns.take(() => answer(context, call, question));
  return {
    description,
    readHistory: async (call) => {
      refuseAborted(call?.signal, 'reading the history');
      if (!context.isOpen() && (await isMissing(location))) return EMPTY_HISTORY;
      return ask(call, (connection) => readLedger(connection, names, description));
    },
    serverFacts: (call) => ask(call, readServerFacts),
    snapshotSchema: (call) => ask(call, (connection) => readSnapshot(connection, names.name)),
    withLock: (work, lock = {}) => withLockedSession(context, lock, work),
    close: () => turns.take(() => context.close()),
  };
}

interface EmbeddedContext {
  readonly names: LedgerNames;
  readonly description: string;
  readonly turns: Turns;
  /** The migration lock: of this driver, as no other has the folder open. */
  readonly lock: { holder: string | null };
  isOpen(): boolean;
  open(options: LockOptions): Promise<EmbeddedDatabase>;
  close(): Promise<void>;
}

function createContext(location: EmbeddedLocation, names: LedgerNames): EmbeddedContext {
  let opened: Promise<EmbeddedDatabase> | null = null;
  return {
    names,
    description: location.description,
    turns: createTurns(location.description),
    lock: { holder: null },
    isOpen: () => opened !== null,
    open: (options) => {
      opened ??= openEmbedded(location, options).catch((error: unknown) => {
        opened = null;
        throw error;
      });
      return opened;
    },
    close: async () => {
      const database = await opened?.catch(() => null);
      opened = null;
      await database?.close();
    },
  };
}

async function answer<T>(
  context: EmbeddedContext,
  call: CallOptions | undefined,
  question: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  refuseAborted(call?.signal, 'opening the embedded database');
  const { connection } = await context.open({ signal: call?.signal });
  return question(guardConnection(connection, call?.signal)).catch(refuse);
}

function refuse(error: unknown): never {
  throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
}

async function withLockedSession<T>(
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
  };
}
