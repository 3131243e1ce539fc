/**
 * A {@link DatabaseDriver} without a database: for tests of what stands above the contract.
 *
 * State lives in a {@link MemoryDatabase}, to which any number of drivers connect; one lock, transactions by copy.
 * What SQL it understands stands in `memory-sql.ts`.
 *
 * @module
 */
import type { DatabaseDriver, LockOptions, MigrationSession } from '../contracts/database-driver.ts';
import type { DatabaseInspector } from '../contracts/database-inspector.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import {
  createMemoryState,
  MEMORY_FACTS,
  refuseAborted,
  toHistory,
  toSnapshot,
  type MemoryDatabase,
} from './memory-database.ts';
import { createMemoryInspector } from './memory-inspector.ts';
import { createMemorySession } from './memory-session.ts';

const POLL_MS = 5;

export function createMemoryDatabase(): MemoryDatabase {
  const lock = { holder: null as string | null };
  const database: MemoryDatabase = {
    state: createMemoryState(),
    facts: MEMORY_FACTS,
    connect: () => createDriver(database, lock),
  };
  return database;
}

/** A driver for a database of its own. */
export function createMemoryDriver(): DatabaseDriver & DatabaseInspector {
  return createMemoryDatabase().connect();
}

interface MemoryLock {
  holder: string | null;
}

function createDriver(database: MemoryDatabase, lock: MemoryLock): DatabaseDriver & DatabaseInspector {
  return {
    ...createMemoryInspector(database, () => lock.holder),
    description: 'memory',
    readHistory: async (options) => {
      refuseAborted(options?.signal, 'reading the history');
      return toHistory(database.state);
    },
    withLock: (work, options) => withMemoryLock(database, lock, work, options ?? {}),
    serverFacts: async (options) => {
      refuseAborted(options?.signal, 'reading the server’s facts');
      return database.facts;
    },
    snapshotSchema: async (options) => {
      refuseAborted(options?.signal, 'reading the schema');
      return toSnapshot(database.state);
    },
    close: async () => undefined,
  };
}

async function withMemoryLock<T>(
  database: MemoryDatabase,
  lock: MemoryLock,
  work: (session: MigrationSession) => Promise<T>,
  options: LockOptions,
): Promise<T> {
  await take(lock, options);
  try {
    database.state.initialized = true;
    return await work(createMemorySession(database, options));
  } finally {
    lock.holder = null;
  }
}

async function take(lock: MemoryLock, options: LockOptions): Promise<void> {
  const waitMs = options.waitMs ?? 60_000;
  let told = false;
  for (let waited = 0; ; waited += POLL_MS) {
    refuseAborted(options.signal, 'waiting for the migration lock');
    if (lock.holder === null) break;
    if (waited >= waitMs)
      throw new SquizzleError('LOCK_TIMEOUT', `held by ${lock.holder}`, { waitMs, holder: lock.holder });
    if (!told) options.onWaiting?.(lock.holder);
    told = true;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  lock.holder = options.applicationName ?? 'squizzle';
}
