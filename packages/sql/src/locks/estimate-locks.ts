/**
 * How many entries of the server's lock table a file takes when its statements run in one transaction.
 *
 * An upper estimate from syntax trees alone, calibrated against `pg_locks` of PostgreSQL 14 and 18 (the tests hold the
 * figures). What only the catalog knows is guessed: indexes, partitions and dependents of objects that other files
 * created, and all that a DO block or a function does. Locks of schemas and of the transaction itself are left out: a
 * release has a handful of them, however many files.
 *
 * @see https://www.postgresql.org/docs/18/runtime-config-locks.html
 * @module
 */
import type { Node } from 'libpg-query';
import { applyRule, type NodeRules, stringsOf } from '../syntax-tree.ts';
import { addAlterTable } from './alter-locks.ts';
import { addDrop } from './drop-locks.ts';
import { createLockTally, type LockTally } from './lock-tally.ts';
import { addComment, addFunction, addGrant } from './object-locks.ts';
import { relationsIn } from './relations.ts';
import {
  addAnalyze,
  addCluster,
  addDelete,
  addMaterializedView,
  addRefresh,
  addReindex,
  addRows,
  addStored,
  addTruncate,
} from './storage-locks.ts';
import { addIndex, addTable } from './table-locks.ts';

export interface LockEstimator {
  /**
   * Statements are added in the order of the file; those that are sent alone are not.
   *
   * @param node `undefined` for one that was not parsed: data, so few tables are in all of them.
   */
  add(node: Node | undefined): void;
  total(): number;
}

/** Of all statements of a file that were not parsed: two tables, each with an index and a table that it refers to. */
const UNPARSED = 8;
/** Tables that a DO block or a procedure uses. What it creates in a loop is not seen. */
const UNSEEN = 4;
/** In PostgreSQL 18 the two catalogs of roles, and the role. */
const ROLE = 3;
const EXTENSION = 4;

export function createLockEstimator(): LockEstimator {
  const tally = createLockTally();
  const rules = createRules(tally);
  // There may be a million of them.
  let unparsed = 0;
  return {
    add: (node) => {
      if (node === undefined) unparsed = UNPARSED;
      else addStatement(tally, rules, node);
    },
    total: () => tally.total() + unparsed,
  };
}

/** Without a rule: the relations that it names, or one object. */
function addStatement(tally: LockTally, rules: NodeRules<void>, node: Node): void {
  if (Object.keys(node).some((name) => name in rules)) return applyRule(rules, node);
  const relations = relationsIn(node);
  for (const relation of relations) tally.relation(relation);
  if (relations.length === 0) tally.add(1);
}

function createRules(tally: LockTally): NodeRules<void> {
  const enums = new Set<string>();
  const rules: NodeRules<void> = {
    ...rulesOfRows(tally),
    ...RULES_OF_NOTHING,
    CreateStmt: (node) => addTable(tally, node, enums),
    AlterTableStmt: (node) => addAlterTable(tally, node, enums),
    CreateEnumStmt: (node) => void enums.add(stringsOf(node.typeName).join('.')),
    CreateSchemaStmt: (node) => {
      for (const element of node.schemaElts ?? []) addStatement(tally, rules, element);
    },
    CreateForeignTableStmt: (node) => tally.relation(node.base?.relation),
    IndexStmt: (node) => addIndex(tally, node),
    DropStmt: (node) => addDrop(tally, node),
    CreateFunctionStmt: (node) => addFunction(tally, node),
    CommentStmt: (node) => addComment(tally, node),
    GrantStmt: (node) => addGrant(tally, node),
    GrantRoleStmt: () => tally.add(ROLE),
    CreateRoleStmt: () => tally.add(ROLE),
    AlterOwnerStmt: () => tally.add(2),
    CreateExtensionStmt: () => tally.add(EXTENSION),
    DoStmt: () => tally.add(UNSEEN),
    CallStmt: () => tally.add(UNSEEN),
  };
  return rules;
}

/** Those that read, change or move rows. */
function rulesOfRows(tally: LockTally): NodeRules<void> {
  const rows = (node: object): void => addRows(tally, node);
  return {
    SelectStmt: (node) => addStored(tally, node.intoClause, node),
    CreateTableAsStmt: (node) =>
      node.objtype === 'OBJECT_MATVIEW' ? addMaterializedView(tally, node) : addStored(tally, node.into, node),
    InsertStmt: rows,
    UpdateStmt: rows,
    DeleteStmt: (node) => addDelete(tally, node),
    MergeStmt: rows,
    CopyStmt: rows,
    ExplainStmt: rows,
    VacuumStmt: (node) => addAnalyze(tally, node),
    TruncateStmt: (node) => addTruncate(tally, node),
    RefreshMatViewStmt: (node) => addRefresh(tally, node),
    ClusterStmt: (node) => addCluster(tally, node),
    ReindexStmt: (node) => addReindex(tally, node),
  };
}

const nothing = (): void => undefined;

/** They lock nothing that stays locked, besides a schema. */
const RULES_OF_NOTHING: NodeRules<void> = {
  CreateDomainStmt: nothing,
  AlterDefaultPrivilegesStmt: nothing,
  VariableSetStmt: nothing,
  VariableShowStmt: nothing,
  TransactionStmt: nothing,
  ConstraintsSetStmt: nothing,
  DiscardStmt: nothing,
  NotifyStmt: nothing,
  ListenStmt: nothing,
  UnlistenStmt: nothing,
};
