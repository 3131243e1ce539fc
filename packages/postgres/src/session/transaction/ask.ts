/**
 * Asks a question inside a transaction and undoes whatever asking it did.
 *
 * The question becomes a cursor's, so the server itself refuses what is no query, and several: nothing that ends the
 * transaction gets through. It is asked read-only, in a savepoint that is rolled back.
 *
 * @see https://www.postgresql.org/docs/current/sql-declare.html
 * @module
 */
import type { Table } from '../../connection/sql-connection.ts';
import { ServerFailure, type SqlConnection } from '../../connection/sql-connection.ts';
import { toStatementFailed } from '../statement-error.ts';

const BEGIN = 'SAVEPOINT squizzle_question; SET LOCAL transaction_read_only = on';
const UNDO = 'ROLLBACK TO SAVEPOINT squizzle_question; RELEASE SAVEPOINT squizzle_question';
const DECLARE = 'DECLARE squizzle_answer NO SCROLL CURSOR FOR ';
/** One row is an answer; the others only need to be counted. */
const FETCH = 'FETCH 2 FROM squizzle_answer';
const COUNT_REST = 'MOVE FORWARD ALL FROM squizzle_answer';
const BOOLEAN = 16;
const SHOWN = 200;

/**
 * One round trip.
 *
 * @returns `null` when the answer is true, else what was found.
 * @throws {SquizzleError} `STATEMENT_FAILED` with index 0. The transaction goes on, as it was before.
 */
export async function askQuestion(connection: SqlConnection, question: string): Promise<string | null> {
  const begun = connection.send(BEGIN);
  const declared = connection.query(DECLARE + question);
  const [fetched, counted] = [connection.table(FETCH), connection.send(COUNT_REST)] as const;
  const undone = connection.send(UNDO);
  // in the order of their answers: after the first failure the server refuses the rest
  const settled = await Promise.allSettled([begun, declared, fetched, counted, undone]);
  const place = settled.findIndex(({ status }) => status === 'rejected');
  const failed = settled[place];
  if (failed?.status === 'rejected') throw toFailed(failed.reason, place === 1 ? DECLARE.length : null);
  const [table, { tag }] = await Promise.all([fetched, counted]);
  const count = table.rows.length + Number(/\d+$/.exec(tag ?? '')?.[0] ?? 0);
  return count > 1 ? `${count} rows` : describe(table);
}

/** @param lead a place in the question is only known of what its cursor's declaration was refused for. */
function toFailed(failure: unknown, lead: number | null): unknown {
  return failure instanceof ServerFailure ? toStatementFailed(failure, 0, lead) : failure;
}

/** Of one row at most. */
function describe({ types, rows }: Table): string | null {
  const [row] = rows;
  if (row === undefined) return 'no row';
  const [value = null] = row;
  if (row.length !== 1) return `${row.length} columns`;
  if (value === null) return 'NULL';
  if (types[0] === BOOLEAN) return value === 't' ? null : 'false';
  const shown = Array.from(value).slice(0, SHOWN).join('');
  return `'${shown}${shown === value ? '' : '…'}'`;
}
