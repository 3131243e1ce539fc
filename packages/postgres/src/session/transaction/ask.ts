/**
 * Asks a question inside a transaction and undoes whatever asking it did.
 *
 * The question becomes a cursor's, so the server itself refuses what is no query, and several: nothing that ends the
 * transaction gets through. It is asked read-only, in a savepoint that is rolled back.
 *
 * @see https://www.postgresql.org/docs/current/sql-declare.html
 * @module
 */
import { allAnswers } from '../../all-answers.ts';
import { ServerFailure, type SqlConnection } from '../../connection/sql-connection.ts';
import { toStatementFailed } from '../statement-error.ts';

const BEGIN = "SAVEPOINT squizzle_question; SET LOCAL transaction_read_only = on; SET LOCAL squizzle.found = ''";
const UNDO = 'ROLLBACK TO SAVEPOINT squizzle_question; RELEASE SAVEPOINT squizzle_question';
const DECLARE = 'DECLARE squizzle_answer NO SCROLL CURSOR FOR ';
/** Nothing runs yet; the answer tells its columns. */
const LOOK = 'FETCH 0 FROM squizzle_answer';
const FETCH = 'FETCH 2 FROM squizzle_answer';
const BOOLEAN = 16;
/** In characters. */
const SHOWN = 200;
/** One row is an answer; of the others it is enough to know that there are some. */
const MAX_COUNT = 1_000;

/** Keeps the beginning of a value on the server, which may be of any size; `v` before it tells it from NULL. */
const CUT = `DO $$ DECLARE answer refcursor := 'squizzle_answer'; value text; BEGIN
  FETCH answer INTO value;
  IF FOUND THEN PERFORM pg_catalog.set_config('squizzle.found', coalesce('v' || pg_catalog.left(value, ${SHOWN + 1}), 'NULL'), true); END IF;
END $$`;
const READ_CUT = "SELECT current_setting('squizzle.found') AS found";

type ReadAnswer = (connection: SqlConnection) => Promise<string | null>;

/**
 * Two round trips.
 *
 * @returns `null` when the answer is true, else what was found.
 * @throws {SquizzleError} `STATEMENT_FAILED` with index 0. The transaction goes on, as it was before.
 */
export async function askQuestion(connection: SqlConnection, question: string): Promise<string | null> {
  const readAnswer = await declare(connection, question);
  const [found] = await allAnswers([readAnswer(connection), connection.send(UNDO).catch(failAt(null))]);
  return found;
}

/** @returns how to read the answer, by the types of its columns. */
async function declare(connection: SqlConnection, question: string): Promise<ReadAnswer> {
  const begun = connection.send(BEGIN).catch(failAt(null));
  const declared = connection.query(DECLARE + question).catch(failAt(DECLARE.length));
  try {
    const [, , { types }] = await allAnswers([begun, declared, connection.table(LOOK).catch(failAt(null))]);
    if (types.length !== 1) return (on) => readRows(on, types.length);
    return types[0] === BOOLEAN ? readTruth : readOther;
  } catch (error) {
    await connection.send(UNDO);
    throw error;
  }
}

/** @param lead a place in the question is only known of what its cursor's declaration was refused for. */
function failAt(lead: number | null): (failure: unknown) => never {
  return (failure) => {
    throw failure instanceof ServerFailure ? toStatementFailed(failure, 0, lead) : failure;
  };
}

async function readTruth(connection: SqlConnection): Promise<string | null> {
  const fetched = connection.table(FETCH).catch(failAt(null));
  const [{ rows }, rest] = await allAnswers([fetched, countRows(connection, MAX_COUNT - 1)]);
  const [row] = rows;
  if (row === undefined || rows.length + rest > 1) return describeCount(rows.length + rest);
  const [value = null] = row;
  if (value === null) return 'NULL';
  return value === 't' ? null : 'false';
}

async function readOther(connection: SqlConnection): Promise<string> {
  const cut = connection.send(CUT).catch(failInside);
  const rest = countRows(connection, MAX_COUNT);
  const [, count, [row]] = await allAnswers([cut, rest, connection.query(READ_CUT).catch(failAt(null))]);
  const found = row?.['found'] ?? '';
  if (found === '' || count > 0) return describeCount(found === '' ? 0 : count + 1);
  return found.startsWith('v') ? quote(found.slice(1)) : found;
}

/** The last line of the context is our block's. */
function failInside(failure: unknown): never {
  if (!(failure instanceof ServerFailure)) throw failure;
  const context = failure.context?.split('\n').slice(0, -1).join('\n') ?? '';
  throw toStatementFailed(Object.assign(failure, { context: context === '' ? null : context }), 0, null);
}

async function readRows(connection: SqlConnection, columns: number): Promise<string> {
  const count = await countRows(connection, MAX_COUNT + 1);
  return count === 1 ? `${columns} columns` : describeCount(count);
}

/** Of those that are left. They stay on the server. */
async function countRows(connection: SqlConnection, atMost: number): Promise<number> {
  const { tag } = await connection.send(`MOVE FORWARD ${atMost} FROM squizzle_answer`).catch(failAt(null));
  return Number(/\d+$/.exec(tag ?? '')?.[0] ?? 0);
}

function describeCount(count: number): string {
  if (count === 0) return 'no row';
  return count > MAX_COUNT ? `more than ${MAX_COUNT} rows` : `${count} rows`;
}

function quote(value: string): string {
  const shown = Array.from(value).slice(0, SHOWN).join('');
  return `'${shown}${shown === value ? '' : '…'}'`;
}
