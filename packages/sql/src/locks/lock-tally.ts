/**
 * Counts entries of the server's lock table: one for each object locked, however often and in whatever mode.
 *
 * Objects that a statement names are counted once in a file. What a statement makes or finds besides has no name to us
 * and is added as a number; a `key` says that it belongs to an object and is there once, too.
 *
 * @module
 */
import type { RangeVar } from 'libpg-query';

/** What is known of a table that the same file created. */
export interface KnownTable {
  /** Its own, those of its keys counted. */
  indexes: number;
  readonly partitions: RangeVar[];
}

export interface LockTally {
  /** A table, view, index or sequence by its name. */
  relation(relation: RangeVar | undefined): void;
  /** `count` entries that belong to the object of that name, as its storage or its indexes. */
  part(relation: RangeVar | undefined, part: string, count: number): void;
  /** `count` entries of objects that are met once: new ones, and those that are dropped. */
  add(count: number): void;
  /** Remembers a table of this file. */
  create(relation: RangeVar | undefined, indexes: number): void;
  known(relation: RangeVar | undefined): KnownTable | undefined;
  total(): number;
}

export function createLockTally(): LockTally {
  const seen = new Set<string>();
  const tables = new Map<string, KnownTable>();
  let count = 0;
  const once = (key: string, entries: number): void => {
    if (seen.has(key)) return;
    seen.add(key);
    count += entries;
  };
  return {
    relation: (relation) => once(keyOf(relation), 1),
    part: (relation, part, entries) => once(`${keyOf(relation)}\0${part}`, entries),
    add: (entries) => {
      count += entries;
    },
    create: (relation, indexes) => {
      tables.set(keyOf(relation), { indexes, partitions: [] });
    },
    known: (relation) => tables.get(keyOf(relation)),
    total: () => count,
  };
}

/** No name holds a NUL. With and without a schema it may be the same object; an upper estimate takes it for two. */
function keyOf(relation: RangeVar | undefined): string {
  return relation === undefined ? '' : `${relation.schemaname ?? ''}\0${relation.relname ?? ''}`;
}
