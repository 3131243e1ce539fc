/**
 * The texts that make a ledger, or bring an older one up to date. Each is one text, so one transaction.
 *
 * @module
 */
import { quoteLiteral } from '../../identifier.ts';
import type { LedgerNames } from '../ledger-names.ts';
import { createCurrent, createFunction, createTrigger } from './guard.ts';
import { createTable, EVENT_CHECK, ledgerTables, SNAPSHOTS, STATE_CHECK } from './layout.ts';
import { giveTo, grantReading, grantWriting, type LedgerUsers } from './ledger-users.ts';
import { SYSTEM_VERSION } from './system-version.ts';

export function createLedger(names: LedgerNames, createSchema: boolean): string {
  const comment = "'SQUIZZLE: releases applied to this database. Append-only; see docs/ledger.md'";
  return [
    createSchema ? `CREATE SCHEMA ${names.schema};\nCOMMENT ON SCHEMA ${names.schema} IS ${comment};` : '',
    ...ledgerTables(names).map((table) => createTable(names, table)),
    createFunction(names, 'CREATE'),
    createTrigger(names),
    createCurrent(names, 'CREATE'),
    `INSERT INTO ${names.meta} (key, value) VALUES ('system_version', ${quoteLiteral(String(SYSTEM_VERSION))});`,
  ].join('\n');
}

/** From the version given to the one this program writes. Events are not touched, and the trigger stays on. */
export function upgradeLedger(names: LedgerNames, from: number, users: LedgerUsers): string {
  return [
    ...(from < 2 ? toVersion2(names, users) : []),
    `UPDATE ${names.meta} SET value = ${quoteLiteral(String(SYSTEM_VERSION))} WHERE key = 'system_version';`,
  ].join('\n');
}

/** The checks' names are those that the server gave them in version 1. */
function toVersion2(names: LedgerNames, users: LedgerUsers): readonly string[] {
  return [
    replaceCheck(names.ledger, 'ledger_event_check', EVENT_CHECK),
    replaceCheck(names.steps, 'steps_state_check', STATE_CHECK),
    ...createSnapshots(names, users),
  ];
}

const replaceCheck = (table: string, name: string, check: string): string =>
  `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name}, ADD CONSTRAINT ${name} ${check};`;

export function createSnapshots(names: LedgerNames, users: LedgerUsers): readonly string[] {
  return [
    createTable(names, SNAPSHOTS),
    ...giveTo(users, `TABLE ${names.snapshots}`),
    ...grantReading(names.snapshots, users),
    ...grantWriting(names.snapshots, users),
  ];
}
