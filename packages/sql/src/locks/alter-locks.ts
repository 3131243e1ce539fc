/**
 * What ALTER TABLE locks besides the table.
 *
 * @module
 */
import type { AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, Node, RangeVar } from 'libpg-query';
import { stringsOf } from '../syntax-tree.ts';
import type { LockTally } from './lock-tally.ts';
import { addRewrite, addStorage, TOAST } from './storage-locks.ts';
import { addConstraint, constraintsOf, hasSequence } from './table-locks.ts';
import { maxBytes } from './toast.ts';

/** A foreign key that goes: the constraint, its four triggers; the table it refers to. Others take less. */
const DROPPED_CONSTRAINT = 6;

/** By what the subcommand may drop or touch that its text does not show; others touch the table alone. */
const EXTRA: { readonly [K in AlterTableType]?: number } = {
  // A default, NOT NULL (in PostgreSQL 18), a sequence or an index.
  AT_DropColumn: 3,
  AT_DropConstraint: DROPPED_CONSTRAINT,
  AT_ColumnDefault: 1,
  AT_DropNotNull: 1,
  AT_DropIdentity: 1,
  AT_DropExpression: 1,
  AT_AddIdentity: 1,
  AT_SetIdentity: 1,
  AT_SetRelOptions: 1,
  AT_ResetRelOptions: 1,
  AT_ValidateConstraint: 2,
  AT_ClusterOn: 1,
  AT_ReplicaIdentity: 1,
  // The role.
  AT_ChangeOwner: 1,
  AT_SetTableSpace: 3,
  // The parent's index, the partition's, the default partition.
  AT_AttachPartition: 5,
  AT_DetachPartition: 1,
};

const REWRITES = new Set<AlterTableType>([
  'AT_AlterColumnType',
  'AT_SetExpression',
  'AT_SetLogged',
  'AT_SetUnLogged',
  'AT_SetAccessMethod',
]);

/** Functions whose value is the same for all rows of a statement: a default of theirs needs no rewrite. */
const STABLE = new Set(['now', 'transaction_timestamp', 'statement_timestamp', 'current_setting', 'to_timestamp']);

export function addAlterTable(tally: LockTally, node: AlterTableStmt, enums: ReadonlySet<string>): void {
  const { relation, cmds = [], objtype } = node;
  const commands = cmds.flatMap((command) => ('AlterTableCmd' in command ? [command.AlterTableCmd] : []));
  tally.relation(relation);
  // ALTER INDEX: the table it belongs to.
  if (objtype === 'OBJECT_INDEX') tally.part(relation, 'table', 1);
  if (objtype === 'OBJECT_TABLE' && commands.some(({ subtype }) => subtype === 'AT_ChangeOwner'))
    addStorage(tally, relation);
  // PostgreSQL 18 keeps the catalog of dependencies locked.
  if (commands.some(({ subtype }) => subtype === 'AT_AlterColumnType')) tally.part(undefined, 'dependencies', 1);
  for (const partition of tally.known(relation)?.partitions ?? []) tally.relation(partition);
  for (const command of commands) addCommand(tally, relation, command, enums);
  if (commands.some(rewrites)) addRewrite(tally, relation);
}

function addCommand(
  tally: LockTally,
  relation: RangeVar | undefined,
  { subtype, def }: AlterTableCmd,
  enums: ReadonlySet<string>,
): void {
  tally.add(EXTRA[subtype ?? 'AT_ReAddComment'] ?? 0);
  if (def === undefined) return;
  if ('RangeVar' in def) tally.relation(def.RangeVar);
  if ('PartitionCmd' in def) tally.relation(def.PartitionCmd.name);
  if ('Constraint' in def) {
    addConstraint(tally, def.Constraint);
    // The rows are checked with the other table's key.
    if (def.Constraint.contype === 'CONSTR_FOREIGN') tally.part(def.Constraint.pktable, 'index', 1);
  }
  if ('ColumnDef' in def && subtype === 'AT_AddColumn') addColumn(tally, relation, def.ColumnDef, enums);
}

function addColumn(
  tally: LockTally,
  relation: RangeVar | undefined,
  column: ColumnDef,
  enums: ReadonlySet<string>,
): void {
  for (const constraint of constraintsOf(column)) addConstraint(tally, constraint);
  if (hasSequence(column)) tally.add(1);
  // Of its other columns nothing is known: the first one that can grow brings the TOAST table.
  if (maxBytes(column.typeName, enums) === Number.POSITIVE_INFINITY) tally.part(relation, 'storage', TOAST);
}

function rewrites({ subtype, def }: AlterTableCmd): boolean {
  if (subtype !== undefined && REWRITES.has(subtype)) return true;
  if (subtype !== 'AT_AddColumn' || def === undefined || !('ColumnDef' in def)) return false;
  if (hasSequence(def.ColumnDef)) return true;
  return constraintsOf(def.ColumnDef).some(
    ({ contype, raw_expr: value, generated_kind: kind }) =>
      (contype === 'CONSTR_GENERATED' && kind !== 'v') || (contype === 'CONSTR_DEFAULT' && !isStable(value)),
  );
}

/** A constant, or the time of the transaction; what is not known is taken for volatile. */
function isStable(value: Node | undefined): boolean {
  if (value === undefined || 'A_Const' in value || 'SQLValueFunction' in value) return true;
  if ('TypeCast' in value) return isStable(value.TypeCast.arg);
  if ('A_ArrayExpr' in value) return (value.A_ArrayExpr.elements ?? []).every(isStable);
  if (!('FuncCall' in value)) return false;
  const { funcname, args = [] } = value.FuncCall;
  return STABLE.has(stringsOf(funcname).at(-1) ?? '') && args.every(isStable);
}
