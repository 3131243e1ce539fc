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
  type CallOptions,
  type DatabaseDriver,
  type DatabaseExamination,
  type DatabaseInspector,
} from '@squizzle/core';
import { refuseAborted } from '../connection/abort.ts';
import { guardConnection } from '../connection/cancellation.ts';
import type { SqlConnection } from '../connection/sql-connection.ts';
import { examineDatabase } from '../examination/examine.ts';
import { readKeptSnapshot } from '../ledger/kept-snapshot.ts';
import { DEFAULT_LEDGER_SCHEMA, toLedgerNames } from '../ledger/ledger-names.ts';
import { readLedger } from '../ledger/ledger-reader.ts';
import { readServerFacts } from '../server-facts.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';
import { createContext, type EmbeddedContext } from './embedded-context.ts';
import { isMissing } from './embedded-database.ts';
import { refuse, withLockedSession } from './embedded-session.ts';

export interface EmbeddedDriverOptions {
  /** A folder, made on first use, or `memory`. */
  readonly dataDir: string;
  /** Where a fresh database is kept for quick starts (40 MB); without it each new database takes some seconds. */
  readonly templateCacheDir?: string | undefined;
  /** Schema of the ledger; `squizzle` unless said. */
  readonly ledgerSchema?: string | undefined;
}

type Question<T> = (connection: SqlConnection) => Promise<T>;

const NOTHING_FOUND: DatabaseExamination = {
  ledger: null,
  invalidIndexes: [],
  pendingDetaches: [],
  lockHolder: null,
  openTransactions: [],
};

/** Needs the package `@electric-sql/pglite`, which is loaded on first use. */
export function createEmbeddedDriver(options: EmbeddedDriverOptions): DatabaseDriver & DatabaseInspector {
  const { dataDir, templateCacheDir = null, ledgerSchema = DEFAULT_LEDGER_SCHEMA } = options;
  const description = dataDir === 'memory' ? 'embedded database in memory' : `embedded database in ${dataDir}`;
  const location = { dataDir, templateCacheDir, description };
  const context = createContext(location, toLedgerNames(ledgerSchema));
  const { names, turns } = context;
  const ask = <T>(call: CallOptions | undefined, question: Question<T>): Promise<T> =>
    turns.take(() => answer(context, call, question));
  /** Reading makes no database: of one that is not there, `nothing` is told. */
  const read = async <T>(call: CallOptions | undefined, nothing: T, question: Question<T>): Promise<T> => {
    refuseAborted(call?.signal, 'reading the embedded database');
    if (!context.isOpen() && (await isMissing(location))) return nothing;
    return ask(call, question);
  };
  return {
    description,
    readHistory: (call) => read(call, EMPTY_HISTORY, (connection) => readLedger(connection, names, description)),
    serverFacts: (call) => ask(call, readServerFacts),
    snapshotSchema: (call) => ask(call, (connection) => readSnapshot(connection, names.name)),
    readKeptSnapshot: (digest, call) =>
      read(call, null, (connection) => readKeptSnapshot(connection, names, description, digest)),
    examine: (call) =>
      read(call, NOTHING_FOUND, async (connection) => {
        const examination = await examineDatabase(connection, names, description);
        return { ...examination, lockHolder: context.lock.holder };
      }),
    withLock: (work, lock = {}) => withLockedSession(context, lock, work),
    close: () => turns.take(() => context.close()),
  };
}

async function answer<T>(context: EmbeddedContext, call: CallOptions | undefined, question: Question<T>): Promise<T> {
  refuseAborted(call?.signal, 'opening the embedded database');
  const { connection } = await context.open({ signal: call?.signal });
  return question(guardConnection(connection, call?.signal)).catch(refuse);
}
