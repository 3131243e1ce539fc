/**
 * Drops what REINDEX CONCURRENTLY left behind, and builds an invalid index again. Readers and writers go on meanwhile.
 *
 * @module
 */
import type { SqlConnection } from '../connection/sql-connection.ts';
import type { SessionContext } from '../session/session-context.ts';
import { refuseStatement } from '../session/statement-error.ts';
import { findInvalidIndex, findInvalidIndexes, type FoundIndex } from './invalid-indexes.ts';

const OBJECT_IN_USE = '55006';
const WRONG_OBJECT_TYPE = '42809';
/**
 * Both wait for every transaction that may still use the index, behind which nobody queues: a short wait would never end
 * well behind long readers. Milliseconds.
 */
const LOCK_TIMEOUT_MS = 600_000;

/** Does nothing where the index is gone, or valid by now. */
export async function dropRemnant(context: SessionContext, index: string): Promise<void> {
  const found = await findInvalidIndex(context.connection, index);
  if (found === undefined) return;
  refuseBuilding(found);
  if (!found.facts.isRemnant) {
    const message = `${index} is invalid, but not what REINDEX left behind: build it again with REINDEX INDEX CONCURRENTLY ${index}, or drop it yourself`;
    throw refuseStatement(message, WRONG_OBJECT_TYPE, -1);
  }
  await patiently(context, (connection) => connection.send(`DROP INDEX CONCURRENTLY ${found.facts.index}`));
}

/** Does nothing where the index is gone, or valid by now. */
export async function rebuildIndex(context: SessionContext, index: string): Promise<void> {
  const found = await findInvalidIndex(context.connection, index);
  if (found === undefined) return;
  refuseBuilding(found);
  const known = new Set((await findInvalidIndexes(context.connection)).map(({ oid }) => oid));
  await patiently(context, async (connection) => {
    try {
      await connection.send(`REINDEX INDEX CONCURRENTLY ${found.facts.index}`);
    } catch (error) {
      await dropNewRemnants(context, found, known).catch(() => undefined); // the caller's error says more
      throw error;
    }
  });
}

function refuseBuilding({ facts: { index, isBeingBuilt } }: FoundIndex): void {
  if (!isBeingBuilt) return;
  const message = `an index of the table of ${index} is being built now: wait for it, then run squizzle doctor again`;
  throw refuseStatement(message, OBJECT_IN_USE, -1);
}

/** What a REINDEX that failed has made, and that alone; with no patience, as somebody may want to stop. */
async function dropNewRemnants(
  { cleanup, restorer }: SessionContext,
  { facts: { table } }: FoundIndex,
  known: ReadonlySet<string>,
): Promise<void> {
  await cleanup.send(restorer.restoreAll);
  const remnants = (await findInvalidIndexes(cleanup)).filter(
    ({ oid, facts }) => facts.table === table && facts.isRemnant && !facts.isBeingBuilt && !known.has(oid),
  );
  for (const { facts } of remnants) await cleanup.send(`DROP INDEX CONCURRENTLY ${facts.index}`);
}

async function patiently(
  { connection, cleanup, restorer }: SessionContext,
  work: (connection: SqlConnection) => Promise<unknown>,
): Promise<void> {
  await connection.send(restorer.limits({ lockTimeoutMs: LOCK_TIMEOUT_MS }, 'SESSION') ?? '');
  try {
    await work(connection);
  } finally {
    await cleanup.send(restorer.restoreAll).catch(() => undefined); // a session that is gone has nothing to restore
  }
}
