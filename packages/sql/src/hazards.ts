/**
 * Finds what a reviewer should know before a file runs; {@link HazardCode} says what each code means.
 *
 * @module
 */
import type {
  AlterTableCmd,
  AlterTableStmt,
  DropStmt,
  IndexStmt,
  Node,
  ObjectType,
  RangeVar,
  VariableSetStmt,
} from 'libpg-query';
import type { HazardCode } from './model.ts';
import type { ScannedStatement } from './scanner.ts';
import { applyRule, type NodeRules, stringsOf } from './syntax-tree.ts';

export interface HazardFinder {
  /** Statements are added in the order of the file: an index on a table created before it blocks nobody. */
  add(node: Node, scanned: ScannedStatement): void;
  /** For a statement that was not parsed. */
  addUnparsed(scanned: ScannedStatement): void;
  /** Sorted, each once. */
  list(): HazardCode[];
}

const SESSION_ENDERS = new Set(['LOCAL', 'TRANSACTION', 'CONSTRAINTS']);
const DROPS_DATA = new Set<ObjectType>(['OBJECT_TABLE', 'OBJECT_SCHEMA']);
const DROPS_COLUMNS_BY_CASCADE = new Set<ObjectType>(['OBJECT_TYPE', 'OBJECT_DOMAIN', 'OBJECT_EXTENSION']);
/** Statements that run their expressions at once, other than definitions, which keep them for later. */
const RUNS_EXPRESSIONS = /^(?:Select|Insert|Update|Delete|Merge|CreateTableAs|Call|Explain)Stmt$/;

export function createHazardFinder(): HazardFinder {
  const found = new Set<HazardCode>();
  const created: RangeVar[] = [];
  const rules = createRules(created);
  return {
    add: (node, scanned) => {
      for (const code of applyRule(rules, node) ?? []) found.add(code);
      if (scanned.mentionsSetConfig && setsSession(node)) found.add('session-settings');
    },
    addUnparsed: (scanned) => {
      found.add('unparsed');
      const [word, next = ''] = scanned.words;
      if (word === 'SET' && !SESSION_ENDERS.has(next)) found.add('session-settings');
    },
    list: () => [...found].sort(),
  };
}

function createRules(created: RangeVar[]): NodeRules<readonly HazardCode[]> {
  const note = (table: RangeVar | undefined): readonly HazardCode[] => {
    if (table !== undefined) created.push(table);
    return [];
  };
  return {
    CreateStmt: (node) => note(node.relation),
    CreateTableAsStmt: (node) => note(node.into?.rel),
    SelectStmt: (node) => note(node.intoClause?.rel),
    IndexStmt: (node) => readIndex(node, created),
    DropStmt: readDrop,
    DropdbStmt: () => ['drops-data'],
    DropOwnedStmt: () => ['drops-data'],
    TruncateStmt: () => ['drops-data'],
    AlterTableStmt: (node) => (node.cmds ?? []).flatMap((command) => readCommand(command, node)),
    AlterEnumStmt: (node) => (node.oldVal === undefined ? ['enum-value'] : []),
    VariableSetStmt: (node) => (outlivesTransaction(node) ? ['session-settings'] : []),
  };
}

function readIndex(node: IndexStmt, created: readonly RangeVar[]): HazardCode[] {
  if (node.concurrent) return node.idxname === undefined ? ['unnamed-concurrent-index'] : [];
  return created.some((table) => isSameTable(table, node.relation)) ? [] : ['index-not-concurrent'];
}

/** A name without a schema may be any table of that name. */
function isSameTable(one: RangeVar, other: RangeVar | undefined): boolean {
  if (other === undefined || one.relname !== other.relname) return false;
  return one.schemaname === undefined || other.schemaname === undefined || one.schemaname === other.schemaname;
}

function readDrop(node: DropStmt): HazardCode[] {
  if (node.removeType === undefined) return [];
  const cascades = node.behavior === 'DROP_CASCADE' && DROPS_COLUMNS_BY_CASCADE.has(node.removeType);
  return cascades || DROPS_DATA.has(node.removeType) ? ['drops-data'] : [];
}

function readCommand(command: Node, { objtype }: AlterTableStmt): HazardCode[] {
  const subtype: AlterTableCmd['subtype'] = 'AlterTableCmd' in command ? command.AlterTableCmd.subtype : undefined;
  // A foreign table's data is elsewhere.
  if (objtype === 'OBJECT_FOREIGN_TABLE') return [];
  if (subtype === 'AT_DropColumn') return ['drops-data'];
  return subtype === 'AT_AlterColumnType' ? ['rewrites-table'] : [];
}

/** SET TRANSACTION is the only SET that ends with the transaction without saying LOCAL. */
function outlivesTransaction(node: VariableSetStmt): boolean {
  const isOfTransaction = node.kind === 'VAR_SET_MULTI' && (node.name ?? '').startsWith('TRANSACTION');
  return node.is_local !== true && !isOfTransaction;
}

/** A call of `set_config` anywhere in it, unless its third argument is the literal `true`. */
function setsSession(node: Node): boolean {
  if (!Object.keys(node).some((name) => RUNS_EXPRESSIONS.test(name))) return false;
  const left: unknown[] = [node];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (isSessionSetConfig(value)) return true;
    for (const child of Object.values(value)) left.push(child);
  }
  return false;
}

function isSessionSetConfig(value: object): boolean {
  // Nothing else in a syntax tree has a property of this name.
  if (!('FuncCall' in value)) return false;
  const call = (value as Extract<Node, { FuncCall: unknown }>).FuncCall;
  if (stringsOf(call.funcname).at(-1) !== 'set_config') return false;
  const local = call.args?.[2];
  return !(local !== undefined && 'A_Const' in local && local.A_Const.boolval?.boolval === true);
}
