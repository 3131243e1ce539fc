/**
 * Mends what an examination found, on the session that holds the migration lock.
 *
 * Whether there is still something to mend is looked up again first: between the examination and now, somebody else may
 * have built or dropped what it was about.
 *
 * @module
 */
import type { Repair } from '@squizzle/core';
import { ServerFailure } from '../connection/sql-connection.ts';
import type { SessionContext } from '../session/session-context.ts';
import { toStatementFailed } from '../session/statement-error.ts';
import { dropRemnant, rebuildIndex } from './repair-index.ts';
import { restoreGuard } from './restore-guard.ts';

/** @throws {SquizzleError} `STATEMENT_FAILED`, its message saying what to do by hand. */
export async function runRepair(context: SessionContext, repair: Repair): Promise<void> {
  try {
    switch (repair.kind) {
      case 'restore-ledger-guard':
        return await restoreGuard(context);
      case 'drop-index':
        return await dropRemnant(context, repair.index);
      case 'rebuild-index':
        return await rebuildIndex(context, repair.index);
    }
  } catch (error) {
    throw error instanceof ServerFailure ? toStatementFailed(error, -1) : error;
  }
}
