/**
 * What is missing or changed of the ledger's parts. Pure: facts of the catalog are compared with what SQUIZZLE makes.
 *
 * Compared are facts that every server version tells alike, so that nothing sound is called a fault. Additions
 * (columns, other triggers, rights, settings of the function) are the owner's business.
 *
 * @module
 */
import type { LedgerFault } from '@squizzle/core';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { CURRENT_COLUMNS, REFUSE_CHANGE_BODY, TRIGGER, TRIGGER_TYPE } from '../ledger/system/guard.ts';
import { ledgerTables, type LedgerTable } from '../ledger/system/layout.ts';
import { isCurrentDefinition } from './current-definition.ts';
import type { LedgerFacts, RelationFacts } from './ledger-facts.ts';

/** @param version the layout that the ledger should have. */
export function findLedgerFaults(facts: LedgerFacts, names: LedgerNames, version: number): readonly LedgerFault[] {
  const tables = ledgerTables(names).filter(({ since }) => since <= version);
  return [
    ...tables.flatMap((table) => faultsOfTable(facts, table)),
    ...faultsOfFunction(facts),
    ...faultsOfTrigger(facts),
    ...faultsOfCurrent(facts),
  ];
}

function faultsOfTable({ schema, relations }: LedgerFacts, table: LedgerTable): readonly LedgerFault[] {
  const name = `${schema}.${table.name}`;
  const found = relations[table.name];
  if (found === undefined) return [{ part: `table ${name}`, state: 'missing' }];
  if (found.kind !== 'r') return [{ part: `table ${name}`, state: 'altered' }];
  return [...faultsOfColumns(found, table, name), ...faultsOfPrimaryKey(found, table, name)];
}

function faultsOfColumns(found: RelationFacts, table: LedgerTable, name: string): readonly LedgerFault[] {
  const types = new Map(found.columns);
  return table.columns.flatMap((column): readonly LedgerFault[] => {
    const type = types.get(column.name);
    if (type === column.type) return [];
    return [{ part: `column ${name}.${column.name}`, state: type === undefined ? 'missing' : 'altered' }];
  });
}

function faultsOfPrimaryKey(found: RelationFacts, table: LedgerTable, name: string): readonly LedgerFault[] {
  if (isEqual(found.primaryKey, table.primaryKey)) return [];
  return [{ part: `primary key of ${name}`, state: found.primaryKey === null ? 'missing' : 'altered' }];
}

function faultsOfFunction({ schema, function: found }: LedgerFacts): readonly LedgerFault[] {
  const part = `function ${schema}.refuse_change()`;
  if (found === null) return [{ part, state: 'missing' }];
  const isOurs = found.body === REFUSE_CHANGE_BODY && found.language === 'plpgsql' && found.returnsTrigger;
  return isOurs ? [] : [{ part, state: 'altered' }];
}

/** Of a table that is not there nothing more is said. `ENABLE ALWAYS` guards more than it must. */
function faultsOfTrigger({ schema, relations, trigger }: LedgerFacts): readonly LedgerFault[] {
  const part = `trigger ${TRIGGER} on ${schema}.ledger`;
  if (relations['ledger'] === undefined) return [];
  if (trigger === null) return [{ part, state: 'missing' }];
  if (trigger.enabled === 'D') return [{ part, state: 'disabled' }];
  const isEnabled = trigger.enabled === 'O' || trigger.enabled === 'A';
  const isOurs = isEnabled && trigger.type === TRIGGER_TYPE && trigger.callsOurs && !trigger.limited;
  return isOurs ? [] : [{ part, state: 'altered' }];
}

function faultsOfCurrent({ schema, serverMajor, relations }: LedgerFacts): readonly LedgerFault[] {
  const part = `view ${schema}.current`;
  const found = relations['current'];
  if (found === undefined) return [{ part, state: 'missing' }];
  const isOurs =
    found.kind === 'v' &&
    isEqual(found.columns, CURRENT_COLUMNS) &&
    isCurrentDefinition(found.definition ?? '', serverMajor);
  return isOurs ? [] : [{ part, state: 'altered' }];
}

function isEqual(found: unknown, made: unknown): boolean {
  return JSON.stringify(found) === JSON.stringify(made);
}
