/**
 * What the memory driver tells of a database beside its history.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { DatabaseInspector } from '../contracts/database-inspector.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { DatabaseExamination, InvalidIndex, LedgerExamination } from '../model/diagnosis.ts';
import { schemaDigest, type SchemaSnapshot } from '../model/schema-snapshot.ts';
import { refuseAborted, type MemoryDatabase, type MemoryObject, type MemoryState } from './memory-database.ts';

const SYSTEM_VERSION = 2;

export function createMemoryInspector(database: MemoryDatabase, lockHolder: () => string | null): DatabaseInspector {
  return {
    readKeptSnapshot: async (digest, options) => {
      refuseAborted(options?.signal, 'reading the kept snapshot');
      return readKept(database.state, digest);
    },
    examine: async (options) => {
      refuseAborted(options?.signal, 'examining the database');
      return { ...examine(database.state), lockHolder: lockHolder(), ...database.examination };
    },
  };
}

function readKept({ kept }: MemoryState, digest: Digest): SchemaSnapshot | null {
  if (kept?.digest !== digest) return null;
  const found = schemaDigest(kept.snapshot);
  if (found === digest) return kept.snapshot;
  const reason = `the snapshot kept as ${digest} has the digest ${found}`;
  throw new SquizzleError('LEDGER_INVALID', reason, { reason });
}

function examine(state: MemoryState): Omit<DatabaseExamination, 'lockHolder'> {
  return {
    ledger: state.initialized ? examineLedger(state) : null,
    invalidIndexes: namesOf(state, 'invalid-index').map(toInvalid),
    pendingDetaches: namesOf(state, 'detaching-partition').map((partition) => ({ table: UNKNOWN_TABLE, partition })),
    openTransactions: [],
  };
}

function examineLedger({ journal, faults }: MemoryState): LedgerExamination {
  return {
    systemVersion: SYSTEM_VERSION,
    knownSystemVersion: SYSTEM_VERSION,
    journal: journal.toSorted((a, b) => a.startedSeq - b.startedSeq || a.segment - b.segment),
    faults: [...faults],
  };
}

/** The memory driver does not know whose an index or a partition is. */
const UNKNOWN_TABLE = 'public.unknown';

function namesOf({ objects }: MemoryState, kind: MemoryObject): readonly string[] {
  return [...objects].filter(([, found]) => found === kind).map(([name]) => name);
}

function toInvalid(index: string): InvalidIndex {
  const isRemnant = /_cc(?:new|old)\d*$/.test(index);
  return { index, table: UNKNOWN_TABLE, isRemnant, isBeingBuilt: false, isUnique: false };
}
