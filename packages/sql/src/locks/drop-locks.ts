/**
 * What DROP locks: every object that goes, and those are more than the statement names.
 *
 * For objects of other files the numbers are those of an ordinary one. What CASCADE takes along is not known.
 *
 * @module
 */
import type { DropStmt, ObjectType, RangeVar } from 'libpg-query';
import { stringsOf } from '../syntax-tree.ts';
import type { LockTally } from './lock-tally.ts';
import { toRelation } from './object-locks.ts';

/** Two types, and some defaults and constraints: what is not a relation and goes with a table. */
const TABLE_PARTS = 6;

/** Entries for one object. A table: with TOAST table, the index of a key, and {@link TABLE_PARTS}. */
const ENTRIES: { readonly [K in ObjectType]?: number } = {
  OBJECT_TABLE: 12,
  OBJECT_FOREIGN_TABLE: 4,
  OBJECT_VIEW: 4,
  OBJECT_MATVIEW: 6,
  OBJECT_INDEX: 2,
  OBJECT_SEQUENCE: 1,
  OBJECT_TYPE: 3,
  OBJECT_DOMAIN: 3,
  OBJECT_SCHEMA: 1,
  // hstore has 125 objects.
  OBJECT_EXTENSION: 125,
};
const OF_A_TABLE = new Set<ObjectType>(['OBJECT_TRIGGER', 'OBJECT_POLICY', 'OBJECT_RULE']);
/** Of a schema: one table. Of others: another table with a foreign key, or two views. */
const CASCADE: { readonly [K in ObjectType]?: number } = { OBJECT_SCHEMA: 12, OBJECT_TABLE: 4, OBJECT_VIEW: 4 };

export function addDrop(tally: LockTally, { removeType, objects = [], behavior }: DropStmt): void {
  if (removeType === undefined) return;
  for (const object of objects) {
    const names = 'List' in object ? stringsOf(object.List.items) : [];
    if (OF_A_TABLE.has(removeType)) {
      tally.relation(toRelation(names.slice(0, -1)));
      tally.add(1);
    } else if (removeType !== 'OBJECT_TABLE' || !addDropOfKnown(tally, toRelation(names)))
      tally.add(ENTRIES[removeType] ?? 1);
    if (behavior === 'DROP_CASCADE') tally.add(CASCADE[removeType] ?? 0);
  }
}

/** The table's relations are counted already: the file created them. */
function addDropOfKnown(tally: LockTally, relation: RangeVar): boolean {
  const known = tally.known(relation);
  if (known === undefined) return false;
  tally.add(TABLE_PARTS * (1 + known.partitions.length));
  return true;
}
