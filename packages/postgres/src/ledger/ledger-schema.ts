/**
 * Makes the ledger on first use and upgrades an older one in place: under the migration lock, in one transaction.
 *
 * `meta.system_version` numbers the layout. A newer one than is known is refused; an older one can be read as it is.
 *
 * @module
 */
import { failedWith, type ServerFailure, type SqlConnection } from '../connection/sql-connection.ts';
import { toStatementFailed } from '../session/statement-error.ts';
import { toLedgerError } from './ledger-errors.ts';
import type { LedgerNames } from './ledger-names.ts';
import { createLedger, upgradeLedger } from './system/create-ledger.ts';
import { findLedgerUsers } from './system/ledger-users.ts';
import { requireKnownVersion, SYSTEM_VERSION } from './system/system-version.ts';

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Creates what is missing, upgrades what is older, leaves alone what is there. To be called with the lock taken.
 *
 * @throws {SquizzleError} `DATABASE_DENIED` without the right to; `LEDGER_INVALID` for what is no ledger, or a newer one.
 *   The ledger is then as it was.
 */
export async function ensureLedger(connection: SqlConnection, names: LedgerNames, description: string): Promise<void> {
  const version = await findVersion(connection, names, description);
  if (version === null || version === SYSTEM_VERSION) return;
  try {
    const users = await findLedgerUsers(connection, names);
    await connection.send(upgradeLedger(names, version, users));
  } catch (error) {
    if (failedWith(error, LOCK_NOT_AVAILABLE)) throw inUse(error, names);
    throw toLedgerError(error, names, description, 'upgrade the ledger');
  }
}

function inUse(error: ServerFailure, names: LedgerNames): Error {
  const refused = toStatementFailed(error, -1);
  refused.message = `the ledger ${names.ledger} could not be upgraded: another transaction has read or locked it and is still open. End that, or try again (${error.message})`;
  return refused;
}

/** Of the ledger that is there; `null`: it was made just now. */
async function findVersion(connection: SqlConnection, names: LedgerNames, description: string): Promise<number | null> {
  try {
    const [found] = await connection.query(
      'SELECT to_regnamespace($1) IS NOT NULL AS schema, to_regclass($2) IS NOT NULL AS meta',
      [names.schema, names.meta],
    );
    if (found?.['meta'] === 't') return await readVersion(connection, names);
    await connection.send(createLedger(names, found?.['schema'] !== 't'));
    return null;
  } catch (error) {
    throw toLedgerError(error, names, description, 'create the ledger');
  }
}

async function readVersion(connection: SqlConnection, names: LedgerNames): Promise<number> {
  const [row] = await connection.query(`SELECT value FROM ${names.meta} WHERE key = 'system_version'`);
  return requireKnownVersion(row?.['value'] ?? null, names);
}
