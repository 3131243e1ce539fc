/**
 * Makes anew what protects and shows the ledger, in one transaction: function, trigger, view, and the table of kept
 * snapshots where that is gone. No row is touched and no table is dropped.
 *
 * @module
 */
import type { LedgerFault } from '@squizzle/core';
import { toLedgerError } from '../ledger/ledger-errors.ts';
import type { LedgerNames } from '../ledger/ledger-names.ts';
import { createSnapshots } from '../ledger/system/create-ledger.ts';
import { createCurrent, createFunction, createTrigger, CURRENT_COLUMNS, TRIGGER } from '../ledger/system/guard.ts';
import { findLedgerUsers, giveTo, grantReading, type LedgerUsers } from '../ledger/system/ledger-users.ts';
import type { SessionContext } from '../session/session-context.ts';
import { refuseStatement } from '../session/statement-error.ts';
import { examineLedger } from './examine-ledger.ts';
import { readLedgerFacts, type LedgerFacts } from './ledger-facts.ts';
import { readQualified } from './read-qualified.ts';

const OBJECT_NOT_IN_PREREQUISITE_STATE = '55000';

/** @throws {SquizzleError} `STATEMENT_FAILED` for what rows were lost with: that is a matter of a backup. */
export async function restoreGuard({ connection, names, description }: SessionContext): Promise<void> {
  try {
    const facts = await readQualified(connection, () => readLedgerFacts(connection, names));
    const users = await findLedgerUsers(connection, names);
    await connection.send(restoreSql(names, facts, users));
    const left = await readQualified(connection, () => examineLedger(connection, names));
    const [fault] = left?.faults ?? [];
    if (fault !== undefined) throw cannotMend(fault);
  } catch (error) {
    throw toLedgerError(error, names, description, 'mend the ledger');
  }
}

/** A view whose columns differ cannot be replaced: it is dropped, unless other views are made of it. */
function restoreSql(names: LedgerNames, facts: LedgerFacts | null, users: LedgerUsers): string {
  const { current, snapshots } = facts?.relations ?? {};
  const isReplaced = current !== undefined && JSON.stringify(current.columns) === JSON.stringify(CURRENT_COLUMNS);
  return [
    createFunction(names, 'CREATE OR REPLACE'),
    ...giveTo(users, `FUNCTION ${names.refuseChange}()`),
    `DROP TRIGGER IF EXISTS ${TRIGGER} ON ${names.ledger};`,
    createTrigger(names),
    ...(current === undefined || isReplaced ? [] : [`DROP VIEW ${names.current};`]),
    createCurrent(names, 'CREATE OR REPLACE'),
    ...giveTo(users, `VIEW ${names.current}`),
    ...(isReplaced ? [] : grantReading(names.current, users)),
    ...(snapshots === undefined ? createSnapshots(names, users) : []),
  ].join('\n');
}

function cannotMend({ part, state }: LedgerFault): Error {
  const message = `what guards the ledger was made anew, but ${part} is ${state}: only a backup brings back what it held`;
  return refuseStatement(message, OBJECT_NOT_IN_PREREQUISITE_STATE, -1);
}
