/**
 * What a file says must be true before it runs and after it ran, asked in the transaction that depends on it.
 *
 * An answer other than true ends the run and is never asked again by itself: only a person can say what to do.
 *
 * @module
 */
import type { MigrationTransaction } from '../../contracts/database-driver.ts';
import { isSquizzleError, SquizzleError } from '../../errors/squizzle-error.ts';
import type { ScriptPart } from '../../model/plan.ts';
import type { Assertion } from '../../model/release-manifest.ts';
import type { Version } from '../../model/version.ts';

/** Of which release, and what the database holds when an answer is not as it should be. */
export interface AssertionContext {
  readonly version: Version;
  readonly state: string;
}

/**
 * Asks the part's checks (`before`) or verifies (`after`).
 *
 * @param index the part's place in its segment, for a question that the server refuses.
 * @throws {SquizzleError} `CHECK_FAILED`; `STATEMENT_FAILED` with `assertion`.
 */
export async function askAssertions(
  transaction: MigrationTransaction,
  when: 'before' | 'after',
  part: ScriptPart,
  index: number,
  context: AssertionContext,
): Promise<void> {
  for (const assertion of when === 'before' ? part.checks : part.verifies) {
    const found = await ask(transaction, assertion, index);
    if (found !== null) throw checkFailed(when, part, assertion, found, context);
  }
}

async function ask(transaction: MigrationTransaction, { sql, line }: Assertion, index: number): Promise<string | null> {
  try {
    return await transaction.ask(sql);
  } catch (cause) {
    if (!isSquizzleError(cause, 'STATEMENT_FAILED')) throw cause;
    const details = { ...cause.details, index, assertion: { sql, line } };
    throw new SquizzleError('STATEMENT_FAILED', cause.message, details, { cause });
  }
}

const SHOWN = 200;

/** On one line, cut to what fits. */
export function shortenQuery(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= SHOWN ? line : `${characters.slice(0, SHOWN - 1).join('')}…`;
}

function checkFailed(
  when: 'before' | 'after',
  { path }: ScriptPart,
  { sql, line }: Assertion,
  found: string,
  { version, state }: AssertionContext,
): SquizzleError<'CHECK_FAILED'> {
  const query = shortenQuery(sql);
  const expected = when === 'before' ? 'must be true before it runs' : 'must be true after it ran';
  const remedy =
    when === 'before'
      ? 'look at the data that the query asks about; when it is true, run again'
      : 'look at what the file does to the data that the query asks about; when that comes out true, run again';
  const message = [`${path}:${line}: what ${expected} is not`, query, `found: ${found}`, state, remedy].join('\n');
  return new SquizzleError('CHECK_FAILED', message, { version, path, line, when, query, found, state });
}
