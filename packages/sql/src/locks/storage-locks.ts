/**
 * What statements lock that read, change or move rows.
 *
 * @module
 */
import type {
  ClusterStmt,
  CreateTableAsStmt,
  DeleteStmt,
  IntoClause,
  RangeVar,
  RefreshMatViewStmt,
  ReindexStmt,
  TruncateStmt,
  VacuumStmt,
} from 'libpg-query';
import type { LockTally } from './lock-tally.ts';
import { relationsIn } from './relations.ts';

/** The TOAST table and its index. */
export const TOAST = 2;
/** Beside a table whose rows are read or changed: its key, or one table that it refers to with its key. */
const ROWS = 2;
/** Beside a table of another file whose storage is replaced: the index of its key. */
const KEY = 1;
/** A table that is written anew: the new one with its TOAST table, and their two types. */
const REWRITTEN = 5;
const REFERRING = 1;
/** All tables and indexes of PostgreSQL 18's catalog. */
const CATALOG = 194;
/** Of the query, which is not seen. */
const REFRESHED = 2;
/** The table with the differences, when readers may go on. */
const DIFFERENCES = 7;

/** Every relation in the tree, with what is locked beside it for its rows. */
export function addRows(tally: LockTally, node: object): void {
  for (const relation of relationsIn(node)) {
    tally.relation(relation);
    if (tally.known(relation) === undefined) tally.part(relation, 'rows', ROWS);
  }
}

/** The rows may be referred to: by one table with its key, as by the one that {@link addRows} knows of. */
export function addDelete(tally: LockTally, node: DeleteStmt): void {
  addRows(tally, node);
  tally.part(node.relation, 'referring', REFERRING);
}

/** ANALYZE without names reads every table, those of the catalog first. */
export function addAnalyze(tally: LockTally, node: VacuumStmt): void {
  if (node.rels === undefined) tally.part(undefined, 'catalog', CATALOG);
  addRows(tally, node);
}

/** A query, whose rows may make a table. */
export function addStored(tally: LockTally, into: IntoClause | undefined, node: object): void {
  if (into !== undefined) {
    tally.part(into.rel, 'storage', TOAST);
    tally.create(into.rel, 0);
  }
  addRows(tally, node);
}

/** From PostgreSQL 17 on it is filled as REFRESH does it. */
export function addMaterializedView(tally: LockTally, node: CreateTableAsStmt): void {
  addStored(tally, node.into, node);
  if (node.into?.skipData !== true) addRewrite(tally, node.into?.rel);
}

export function addRefresh(tally: LockTally, { relation, concurrent = false }: RefreshMatViewStmt): void {
  tally.relation(relation);
  addRewrite(tally, relation);
  tally.add(concurrent ? DIFFERENCES : REFRESHED);
}

export function addCluster(tally: LockTally, { relation }: ClusterStmt): void {
  tally.relation(relation);
  addRewrite(tally, relation);
}

/** Its storage is replaced by that of a new table, which is there beside it until the transaction ends. */
export function addRewrite(tally: LockTally, relation: RangeVar | undefined): void {
  addStorage(tally, relation);
  tally.add(REWRITTEN);
}

export function addReindex(tally: LockTally, { relation }: ReindexStmt): void {
  tally.relation(relation);
  addStorage(tally, relation);
}

export function addTruncate(tally: LockTally, node: TruncateStmt): void {
  const relations = relationsIn(node);
  for (const relation of relations) {
    tally.relation(relation);
    addStorage(tally, relation, 2 * KEY);
  }
  // A table that refers to it, and its key.
  if (node.behavior === 'DROP_CASCADE') tally.add(2);
}

/** @param indexes of a table that this file did not create; those it created are counted. */
export function addStorage(tally: LockTally, relation: RangeVar | undefined, indexes = KEY): void {
  tally.part(relation, 'storage', TOAST);
  if (tally.known(relation) === undefined) tally.part(relation, 'index', indexes);
}
