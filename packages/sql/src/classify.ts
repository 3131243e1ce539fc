/**
 * Which statements cannot share a transaction, and what an interrupted one may have done.
 *
 * The rules follow the callers of `PreventInTransactionBlock` in PostgreSQL 18. Two of those look at the catalog, so no
 * parser can decide them: REINDEX TABLE or INDEX, and CLUSTER, of a partitioned table. They are taken for ordinary
 * ones; a file with them says `-- squizzle: transaction=off`.
 *
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/tcop/utility.c
 * @module
 */
import type {
  AlterSubscriptionStmt,
  AlterSubscriptionType,
  AlterTableStmt,
  CreateSubscriptionStmt,
  DropStmt,
  IndexStmt,
  Node,
  ReindexStmt,
} from 'libpg-query';
import type { StatementEffect } from './model.ts';
import { quoteIdentifier, quoteQualifiedName } from './quote.ts';
import { applyRule, findOption, isOptionOn, type NodeRules, quoteRelation, stringsOf } from './syntax-tree.ts';

const RERUNNABLE: StatementEffect = { kind: 'rerunnable' };
const OWN_TRANSACTION: StatementEffect = { kind: 'own-transaction' };
const UNKNOWN: StatementEffect = { kind: 'unknown' };

const EFFECTS: NodeRules<StatementEffect | null> = {
  IndexStmt: readCreateIndex,
  DropStmt: readDropIndex,
  ReindexStmt: (node) => (isReindexAlone(node) ? RERUNNABLE : null),
  VacuumStmt: (node) => (node.is_vacuumcmd ? RERUNNABLE : null),
  ClusterStmt: (node) => (node.relation === undefined ? RERUNNABLE : null),
  AlterSystemStmt: () => RERUNNABLE,
  AlterDatabaseStmt: (node) => (findOption(node.options, 'tablespace') ? RERUNNABLE : null),
  CreatedbStmt: (node) => ({ kind: 'create-database', name: quoteIdentifier(node.dbname ?? '') }),
  DropdbStmt: (node) => ({ kind: 'drop-database', name: quoteIdentifier(node.dbname ?? '') }),
  CreateTableSpaceStmt: (node) => ({ kind: 'create-tablespace', name: quoteIdentifier(node.tablespacename ?? '') }),
  DropTableSpaceStmt: (node) => ({ kind: 'drop-tablespace', name: quoteIdentifier(node.tablespacename ?? '') }),
  AlterTableStmt: readDetachPartition,
  CreateSubscriptionStmt: (node) =>
    createsSlot(node) ? { kind: 'create-subscription', name: quoteIdentifier(node.subname ?? '') } : null,
  DropSubscriptionStmt: (node) => ({ kind: 'drop-subscription', name: quoteIdentifier(node.subname ?? '') }),
  AlterSubscriptionStmt: readAlterSubscription,
  // ADD VALUE has a new value and no old one; RENAME VALUE has both.
  AlterEnumStmt: (node) => (node.oldVal === undefined ? OWN_TRANSACTION : null),
};

/** Both may commit inside, so they run outside any transaction and leave behind what nobody can tell. */
const MAY_COMMIT: NodeRules<StatementEffect> = { DoStmt: () => UNKNOWN, CallStmt: () => UNKNOWN };

/** What this statement's `alone` is in a file without `transaction=off`. */
export function classifyStatement(node: Node): StatementEffect | null {
  return applyRule(EFFECTS, node) ?? null;
}

/** What its `alone` is in a file that says `transaction=off`. */
export function classifyWithoutTransaction(node: Node): StatementEffect {
  return classifyStatement(node) ?? applyRule(MAY_COMMIT, node) ?? OWN_TRANSACTION;
}

/** The same for a statement that was not parsed, from its first word in upper case. */
export function classifyUnparsed(word: string | undefined): StatementEffect {
  return word === 'DO' || word === 'CALL' ? UNKNOWN : OWN_TRANSACTION;
}

function readCreateIndex(node: IndexStmt): StatementEffect | null {
  if (!node.concurrent) return null;
  return {
    kind: 'create-index',
    index: node.idxname === undefined ? null : quoteIdentifier(node.idxname),
    table: quoteRelation(node.relation),
    ifNotExists: node.if_not_exists ?? false,
    unique: node.unique ?? false,
  };
}

function readDropIndex(node: DropStmt): StatementEffect | null {
  if (node.removeType !== 'OBJECT_INDEX' || !node.concurrent) return null;
  const [name, ...others] = node.objects ?? [];
  // PostgreSQL refuses several; it is the one to say so.
  if (name === undefined || others.length > 0 || !('List' in name)) return UNKNOWN;
  return { kind: 'drop-index', index: quoteQualifiedName(stringsOf(name.List.items)) };
}

function isReindexAlone(node: ReindexStmt): boolean {
  if (node.kind !== 'REINDEX_OBJECT_TABLE' && node.kind !== 'REINDEX_OBJECT_INDEX') return true;
  const concurrently = findOption(node.params, 'concurrently');
  return concurrently !== undefined && isOptionOn(concurrently);
}

function readDetachPartition(node: AlterTableStmt): StatementEffect | null {
  for (const command of node.cmds ?? []) {
    const definition = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined;
    if (definition === undefined || !('PartitionCmd' in definition) || !definition.PartitionCmd.concurrent) continue;
    const partition = quoteRelation(definition.PartitionCmd.name);
    return { kind: 'detach-partition', table: quoteRelation(node.relation), partition };
  }
  return null;
}

/** By default it does; `connect = false` changes the default. */
function createsSlot(node: CreateSubscriptionStmt): boolean {
  return ['create_slot', 'connect'].every((name) => {
    const option = findOption(node.options, name);
    return option === undefined || isOptionOn(option);
  });
}

/** Those that refresh take this effect, unless they say `refresh = false`. */
const REFRESHES: { readonly [K in AlterSubscriptionType]?: StatementEffect } = {
  ALTER_SUBSCRIPTION_REFRESH: RERUNNABLE,
  ALTER_SUBSCRIPTION_SET_PUBLICATION: RERUNNABLE,
  // A second ADD finds it there, a second DROP finds it gone: either fails.
  ALTER_SUBSCRIPTION_ADD_PUBLICATION: UNKNOWN,
  ALTER_SUBSCRIPTION_DROP_PUBLICATION: UNKNOWN,
};

/** Setting one of these changes the slot on the publisher, which cannot be rolled back. */
const SLOT_OPTIONS = ['two_phase', 'failover'];

function readAlterSubscription({ kind, options }: AlterSubscriptionStmt): StatementEffect | null {
  if (kind === undefined) return null;
  if (kind === 'ALTER_SUBSCRIPTION_OPTIONS') {
    return SLOT_OPTIONS.some((name) => findOption(options, name) !== undefined) ? RERUNNABLE : null;
  }
  const refresh = findOption(options, 'refresh');
  return refresh === undefined || isOptionOn(refresh) ? (REFRESHES[kind] ?? null) : null;
}
