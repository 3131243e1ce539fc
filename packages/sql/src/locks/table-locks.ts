/**
 * What CREATE TABLE locks: the table, its TOAST table, its indexes, sequences, and the tables that it refers to.
 *
 * @module
 */
import type { ColumnDef, Constraint, CreateStmt, IndexStmt, Node, TypeName } from 'libpg-query';
import { stringsOf } from '../syntax-tree.ts';
import type { LockTally } from './lock-tally.ts';
import { TOAST } from './storage-locks.ts';
import { needsToast } from './toast.ts';

/** A partition of a table that another file created: a primary key and one index, in the parent and in itself. */
const UNKNOWN_INDEXES = 2;
/** `INCLUDING INDEXES`, and with it `INCLUDING ALL`. */
const LIKE_INDEXES = 1 << 6;
const SERIALS = new Set(['serial', 'serial2', 'serial4', 'serial8', 'smallserial', 'bigserial']);
const INDEXED = new Set(['CONSTR_PRIMARY', 'CONSTR_UNIQUE', 'CONSTR_EXCLUSION']);

export function addTable(tally: LockTally, node: CreateStmt, enums: ReadonlySet<string>): void {
  const elements = node.tableElts ?? [];
  const columns = elements.flatMap((element) => ('ColumnDef' in element ? [element.ColumnDef] : []));
  const own = addElements(tally, elements, columns);
  const inherited = addParents(tally, node);
  tally.relation(node.relation);
  tally.create(node.relation, own + inherited);
  if (node.inhRelations !== undefined || hasToast(node, elements, columns, enums))
    tally.part(node.relation, 'storage', TOAST);
}

/** @returns how many indexes the table gets. */
function addElements(tally: LockTally, elements: readonly Node[], columns: readonly ColumnDef[]): number {
  const ofTable = elements.flatMap((element) => ('Constraint' in element ? [element.Constraint] : []));
  const constraints = [...ofTable, ...columns.flatMap(constraintsOf)];
  const copied = elements.flatMap((element) => ('TableLikeClause' in element ? [element.TableLikeClause] : []));
  const copies = copied.filter(({ options = 0 }) => (options & LIKE_INDEXES) !== 0).length;
  for (const { relation } of copied) tally.relation(relation);
  for (const constraint of constraints) addConstraint(tally, constraint);
  for (const column of columns) if (hasSequence(column)) tally.add(1);
  // Of what is copied: the index, and the one it is copied from.
  tally.add(2 * copies);
  return copies + constraints.filter(isIndexed).length;
}

export function constraintsOf({ constraints = [] }: ColumnDef): readonly Constraint[] {
  return constraints.flatMap((constraint) => ('Constraint' in constraint ? [constraint.Constraint] : []));
}

export function isIndexed({ contype = 'CONSTR_NULL' }: Constraint): boolean {
  return INDEXED.has(contype);
}

export function addConstraint(tally: LockTally, constraint: Constraint): void {
  if (isIndexed(constraint)) tally.add(1);
  if (constraint.contype === 'CONSTR_FOREIGN') tally.relation(constraint.pktable);
}

export function hasSequence(column: ColumnDef): boolean {
  if (constraintsOf(column).some(({ contype }) => contype === 'CONSTR_IDENTITY')) return true;
  return SERIALS.has(stringsOf(column.typeName?.names).at(-1) ?? '');
}

/** @returns how many indexes the table gets because its parent has them. */
function addParents(tally: LockTally, { inhRelations = [], partbound, relation }: CreateStmt): number {
  let indexes = 0;
  for (const node of inhRelations) {
    if (!('RangeVar' in node)) continue;
    const parent = node.RangeVar;
    tally.relation(parent);
    if (partbound === undefined || relation === undefined) continue;
    const known = tally.known(parent);
    if (known === undefined) tally.part(parent, 'indexes', UNKNOWN_INDEXES);
    known?.partitions.push(relation);
    indexes += known?.indexes ?? UNKNOWN_INDEXES;
  }
  tally.add(indexes);
  return indexes;
}

/** A partitioned table has no storage; what LIKE and OF bring along is not seen. */
function hasToast(
  { partspec, ofTypename }: CreateStmt,
  elements: readonly Node[],
  columns: readonly ColumnDef[],
  enums: ReadonlySet<string>,
): boolean {
  if (partspec !== undefined) return false;
  if (ofTypename !== undefined || elements.some((element) => 'TableLikeClause' in element)) return true;
  return needsToast(
    columns.map((column): TypeName | undefined => column.typeName),
    enums,
  );
}

/** On a partitioned table of this file each partition gets one, too. */
export function addIndex(tally: LockTally, { relation }: IndexStmt): void {
  tally.relation(relation);
  tally.add(1);
  const known = tally.known(relation);
  if (known === undefined) return;
  known.indexes++;
  for (const partition of known.partitions) addIndex(tally, { relation: partition });
}
