/**
 * Sends the parts of a segment inside its transaction, with what must be true before and after each.
 *
 * Parts that follow one another with nothing to ask between them go to the driver in one call, which sends them without
 * waiting for the answer to each.
 *
 * @module
 */
import type { MigrationTransaction } from '../../contracts/database-driver.ts';
import { isSquizzleError, SquizzleError } from '../../errors/squizzle-error.ts';
import type { ScriptPart } from '../../model/plan.ts';
import { askAssertions, type AssertionContext } from './assertions.ts';
import { toScript, type LoadedFiles } from './script-text.ts';

/** @throws {SquizzleError} `STATEMENT_FAILED` with the part's index among `parts`; `CHECK_FAILED`. */
export async function runParts(
  transaction: MigrationTransaction,
  parts: readonly ScriptPart[],
  files: LoadedFiles,
  context: AssertionContext,
): Promise<void> {
  for (const { from, batch } of batchesOf(parts)) {
    const [first, last] = [batch[0], batch.at(-1)];
    if (first !== undefined) await askAssertions(transaction, 'before', first, from, context);
    await execute(transaction, batch, from, files);
    if (last !== undefined) await askAssertions(transaction, 'after', last, from + batch.length - 1, context);
  }
}

interface Batch {
  /** Index of its first part. */
  readonly from: number;
  readonly batch: readonly ScriptPart[];
}

/** A part with checks begins a batch, one with verifies ends it. */
function* batchesOf(parts: readonly ScriptPart[]): Generator<Batch, void, undefined> {
  let from = 0;
  for (const [index, part] of parts.entries()) {
    if (part.checks.length > 0 && index > from) {
      yield { from, batch: parts.slice(from, index) };
      from = index;
    }
    if (part.verifies.length > 0) {
      yield { from, batch: parts.slice(from, index + 1) };
      from = index + 1;
    }
  }
  if (from < parts.length) yield { from, batch: parts.slice(from) };
}

async function execute(
  transaction: MigrationTransaction,
  batch: readonly ScriptPart[],
  from: number,
  files: LoadedFiles,
): Promise<void> {
  try {
    await transaction.execute(batch.map((part) => toScript(part, files)));
  } catch (cause) {
    if (from === 0 || !isSquizzleError(cause, 'STATEMENT_FAILED') || cause.details.index < 0) throw cause;
    const details = { ...cause.details, index: cause.details.index + from };
    throw new SquizzleError('STATEMENT_FAILED', cause.message, details, { cause });
  }
}
