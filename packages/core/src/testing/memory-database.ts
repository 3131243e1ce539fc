/**
 * What the memory driver keeps, and how it is read.
 *
 * @module
 */
import type { DatabaseDriver, ServerFacts } from '../contracts/database-driver.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { EMPTY_HISTORY, type History, type JournalEntry } from '../model/history.ts';
import type { LedgerEvent } from '../model/ledger-event.ts';
import type { SchemaSnapshot } from '../model/schema-snapshot.ts';

/** Everything a database holds. Transactions work on a copy. */
export interface MemoryState {
  initialized: boolean;
  events: LedgerEvent[];
  journal: JournalEntry[];
  /** Kind by qualified name, `public.users`. An index that is `invalid` was left by an interrupted build. */
  objects: Map<string, 'table' | 'view' | 'index' | 'invalid-index'>;
  /** Statements that ran, in order; those of transactions that were rolled back are not among them. */
  executed: string[];
}

export interface MemoryDatabase {
  /** What is committed. Tests may look at it and change it. */
  state: MemoryState;
  facts: ServerFacts;
  /** Called before each statement runs; what it throws is thrown by the driver. */
  beforeStatement?: (statement: string) => void | Promise<void>;
  connect(): DatabaseDriver;
}

export const MEMORY_FACTS: ServerFacts = {
  version: '18.0',
  versionNumber: 180_000,
  extensions: ['plpgsql'],
  readOnly: false,
};
export function refuseAborted(signal: AbortSignal | undefined, during: string): void {
  if (signal?.aborted === true) throw new SquizzleError('CANCELLED', `stopped while ${during}`, { during });
}

/** As the real drivers: of the journal only what belongs to the last event, if that opened a run. */
export function toHistory(state: MemoryState): History {
  if (!state.initialized) return EMPTY_HISTORY;
  const last = state.events.findLast((event) => event.event !== 'failed');
  const journal = state.journal.filter((entry) => last?.event === 'started' && entry.startedSeq === last.seq);
  return { initialized: true, events: [...state.events], journal: journal.sort((a, b) => a.segment - b.segment) };
}

export function toSnapshot(state: MemoryState): SchemaSnapshot {
  const objects = [...state.objects].map(([name, kind]) =>
    kind === 'invalid-index'
      ? { kind: 'index', name, definition: { valid: false } }
      : { kind, name, definition: kind === 'index' ? { valid: true } : {} },
  );
  return { objects: objects.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)) };
}

function sortKey(object: { readonly kind: string; readonly name: string }): string {
  return `${object.kind}\u0000${object.name}`;
}
