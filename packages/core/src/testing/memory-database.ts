/**
 * What the memory driver keeps, and how it is read.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { DatabaseDriver, LockConflict, ServerFacts } from '../contracts/database-driver.ts';
import type { DatabaseInspector } from '../contracts/database-inspector.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { DatabaseExamination, LedgerFault, Repair } from '../model/diagnosis.ts';
import { EMPTY_HISTORY, type History, type JournalEntry } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { SchemaObject, SchemaSnapshot } from '../model/schema-snapshot.ts';

/** An index that is `invalid` was left by an interrupted build, a partition that is `detaching` by an interrupted detach. */
export type MemoryObject = 'table' | 'view' | 'index' | 'invalid-index' | 'partition' | 'detaching-partition';

/** Everything a database holds. Transactions work on a copy. */
export interface MemoryState {
  initialized: boolean;
  events: LedgerEvent[];
  journal: JournalEntry[];
  /** Kind by qualified name, `public.users`. */
  objects: Map<string, MemoryObject>;
  /** Statements that ran, in order; those of transactions that were rolled back are not among them. */
  executed: string[];
  /** What was kept last. */
  kept: { readonly digest: Digest; readonly snapshot: SchemaSnapshot } | null;
  /** What is wrong with the ledger's schema; `restore-ledger-guard` mends all of it. */
  faults: LedgerFault[];
  /** Repairs that were made, in order. */
  repaired: Repair[];
}

/** What a real server does beside answering. */
export interface MemoryServer {
  /** Tells the session that its statement waits for a lock. */
  blocked(conflict: LockConflict): void;
}

export interface MemoryDatabase {
  /** What is committed. Tests may look at it and change it. */
  state: MemoryState;
  facts: ServerFacts;
  /** What `examine` finds instead of what it would look up. */
  examination?: Partial<DatabaseExamination>;
  /** Another transaction has a lock for which reading the schema inside a transaction would have to wait. */
  isSchemaBlocked?: boolean;
  /** Called before each statement and question runs; what it throws is thrown by the driver. */
  beforeStatement?: (statement: string, server: MemoryServer) => void | Promise<void>;
  /** Called at COMMIT with what would be kept; when it throws, nothing is. */
  beforeCommit?: (state: MemoryState) => void | Promise<void>;
  /** Called once all is kept; what it throws is thrown by the driver, as when the answer to COMMIT is lost. */
  afterCommit?: () => void | Promise<void>;
  connect(): DatabaseDriver & DatabaseInspector;
}

export const MEMORY_FACTS: ServerFacts = {
  version: '18.0',
  versionNumber: 180_000,
  extensions: ['plpgsql'],
  readOnly: false,
  lockTableSize: 6_400,
};

export function createMemoryState(): MemoryState {
  return {
    initialized: false,
    events: [],
    journal: [],
    objects: new Map(),
    executed: [],
    kept: null,
    faults: [],
    repaired: [],
  };
}

export function copyState(state: MemoryState): MemoryState {
  const { events, journal, objects, executed, faults, repaired } = state;
  return {
    ...state,
    events: [...events],
    journal: [...journal],
    objects: new Map(objects),
    executed: [...executed],
    faults: [...faults],
    repaired: [...repaired],
  };
}

export function refuseAborted(signal: AbortSignal | undefined, during: string): void {
  if (signal?.aborted === true) throw new SquizzleError('CANCELLED', `stopped while ${during}`, { during });
}

/** As the real drivers: of the journal only what belongs to the last event, if that opened a run. */
export function toHistory(state: MemoryState): History {
  if (!state.initialized) return EMPTY_HISTORY;
  const last = state.events.findLast(({ event }) => event !== 'failed' && event !== 'repaired');
  const journal = state.journal.filter((entry) => last?.event === 'started' && entry.startedSeq === last.seq);
  return { initialized: true, events: [...state.events], journal: journal.sort((a, b) => a.segment - b.segment) };
}

export function toSnapshot(state: MemoryState): SchemaSnapshot {
  const objects = [...state.objects].map(([name, kind]) => toObject(name, kind));
  return { objects: objects.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)) };
}

function toObject(name: string, kind: MemoryObject): SchemaObject {
  if (kind === 'index' || kind === 'invalid-index')
    return { kind: 'index', name, definition: { valid: kind === 'index' } };
  if (kind === 'table' || kind === 'view') return { kind, name, definition: {} };
  return { kind: 'table', name, definition: { partition: true } };
}

function sortKey(object: { readonly kind: string; readonly name: string }): string {
  return `${object.kind}\u0000${object.name}`;
}
