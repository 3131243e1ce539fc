/**
 * Statements that begin or end a transaction, which SQUIZZLE does itself, and DISCARD ALL, which would give up its
 * migration lock.
 *
 * @module
 */
import type { Node, TransactionStmtKind } from 'libpg-query';
import { type SqlError, sqlErrorAt } from './errors.ts';

const SAVEPOINTS: { readonly [K in TransactionStmtKind]?: string } = {
  TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
  TRANS_STMT_RELEASE: 'RELEASE SAVEPOINT',
  TRANS_STMT_ROLLBACK_TO: 'ROLLBACK TO SAVEPOINT',
};

const REFUSED: { readonly [K in TransactionStmtKind]?: string } = {
  TRANS_STMT_BEGIN: 'BEGIN',
  TRANS_STMT_START: 'START TRANSACTION',
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

/**
 * Refuses BEGIN, COMMIT and the like. Savepoints are allowed, but not where each statement is sent alone:
 * there a savepoint is gone before the next statement.
 *
 * @throws {SqlError} `SQL_TRANSACTION_CONTROL`
 */
export function checkTransactionControl(sql: Buffer, offset: number, node: Node, transaction: 'off' | undefined): void {
  if ('DiscardStmt' in node && node.DiscardStmt.target === 'DISCARD_ALL') throw discardError(sql, offset);
  const kind = 'TransactionStmt' in node ? node.TransactionStmt.kind : undefined;
  if (kind === undefined) return;
  const refused = REFUSED[kind];
  if (refused !== undefined) throw transactionError(sql, offset, refused);
  if (transaction === 'off') throw savepointError(sql, offset, SAVEPOINTS[kind] ?? kind);
}

function transactionError(sql: Buffer, offset: number, statement: string): SqlError<'SQL_TRANSACTION_CONTROL'> {
  return sqlErrorAt('SQL_TRANSACTION_CONTROL', sql, offset, {
    message: `expected no transaction control, found ${statement}: squizzle runs releases in its own transactions`,
    hint: 'Take it out. A file whose statements must each be committed on their own says `-- squizzle: transaction=off`.',
    details: { statement },
  });
}

function discardError(sql: Buffer, offset: number): SqlError<'SQL_TRANSACTION_CONTROL'> {
  return sqlErrorAt('SQL_TRANSACTION_CONTROL', sql, offset, {
    message: 'expected no DISCARD ALL: it would release the lock that keeps other migrations out',
    hint: 'Say what is to be discarded: RESET ALL, DISCARD PLANS, DISCARD SEQUENCES or DISCARD TEMP.',
    details: { statement: 'DISCARD ALL' },
  });
}

function savepointError(sql: Buffer, offset: number, statement: string): SqlError<'SQL_TRANSACTION_CONTROL'> {
  return sqlErrorAt('SQL_TRANSACTION_CONTROL', sql, offset, {
    message: `expected no ${statement} under transaction=off: each statement runs alone, and a savepoint ends with it`,
    hint: 'Take the savepoint out, or move these statements to a file without `-- squizzle: transaction=off`.',
    details: { statement },
  });
}
