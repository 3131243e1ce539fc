/**
 * Sends texts without waiting for the answer to each: the window bounds what is on the way, in number and size.
 *
 * In a transaction nothing is lost by it: after the first failure the server refuses the rest (25P02).
 *
 * @module
 */
import type { Script } from '@squizzle/core';
import { ServerFailure, type ScriptResult, type SqlConnection } from '../../connection/sql-connection.ts';
import type { SessionRestorer } from '../session-settings.ts';
import { endedTransaction } from '../session-proof.ts';
import { toStatementFailed } from '../statement-error.ts';

const MAX_OUTSTANDING = 100;
/** In UTF-16 units, which for SQL is close enough to bytes. */
const MAX_OUTSTANDING_SIZE = 1_048_576;
const ASKS_FOR_DATA = /\bfrom\s+stdin\b/i;

/** A text of the caller's, or one of ours before or after it. */
interface Outgoing {
  readonly sql: string;
  readonly index: number;
}

interface Sent extends Outgoing {
  readonly result: Promise<ScriptResult>;
}

/**
 * @param prove called when the last text is on the way; its failure counts where no text has failed.
 * @throws {SquizzleError} `STATEMENT_FAILED` for the first text that fails, or that ends the transaction.
 */
export async function sendScripts(
  connection: SqlConnection,
  restorer: SessionRestorer,
  scripts: readonly Script[],
  prove: () => Promise<void>,
): Promise<void> {
  const outstanding: Sent[] = [];
  let size = 0;
  try {
    for (const text of toOutgoing(scripts, restorer)) {
      while (
        outstanding.length > 0 &&
        (outstanding.length >= MAX_OUTSTANDING || size + text.sql.length > MAX_OUTSTANDING_SIZE)
      ) {
        size -= await settleOldest(outstanding);
      }
      size += text.sql.length;
      const result = connection.send(text.sql);
      result.catch(() => undefined); // awaited in order below; one that comes after the first failure is not looked at
      outstanding.push({ ...text, result });
      // Whoever is asked for data must answer before anything else is sent: the server would end the session.
      if (ASKS_FOR_DATA.test(text.sql)) while (outstanding.length > 0) size -= await settleOldest(outstanding);
    }
    const proven = prove();
    proven.catch(() => undefined); // awaited below, after the texts
    while (outstanding.length > 0) await settleOldest(outstanding);
    await proven;
  } finally {
    await Promise.allSettled(outstanding.map(({ result }) => result));
  }
}

function* toOutgoing(scripts: readonly Script[], restorer: SessionRestorer): Generator<Outgoing, void, undefined> {
  for (const [index, { sql, settings }] of scripts.entries()) {
    const limits = restorer.limits(settings, 'LOCAL');
    if (limits !== null) yield { sql: limits, index };
    yield { sql, index };
    // After every text, whatever it says of itself: a function it calls may have changed a setting.
    yield { sql: restorer.restoreAll, index };
  }
}

/** @returns the size that is free again. */
async function settleOldest(outstanding: Sent[]): Promise<number> {
  const oldest = outstanding[0];
  if (oldest === undefined) return 0;
  try {
    const { status } = await oldest.result;
    if (status === 'idle') throw endedTransaction(oldest.index);
  } catch (error) {
    throw error instanceof ServerFailure ? toStatementFailed(error, oldest.index) : error;
  }
  outstanding.shift();
  return oldest.sql.length;
}
