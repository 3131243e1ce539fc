/**
 * Finds out whether a proxy gives one session several backends (transaction or statement pooling), before anything is
 * set or locked: both would belong to whoever is served by that backend next.
 *
 * A proxy gives itself away, as it announces a backend that is not the one that answers. One that pools sessions is
 * harmless. One that pools transactions has our backend free again as soon as it has answered, so that others get it.
 *
 * @see https://www.pgbouncer.org/features.html
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import { raceAbort } from '../connection/abort.ts';
import { guardConnection } from '../connection/cancellation.ts';
import { endsSession } from '../connection/connection-errors.ts';
import { isDirect, type Open } from '../connection/opener.ts';
import type { PgConnection } from '../connection/pg-connection.ts';
import { ServerFailure, type SqlConnection } from '../connection/sql-connection.ts';

/** As many clients at once ask for a backend. */
const PROBES = 3;
const PATIENCE_MS = 1_000;

/** Another client with a transaction open, or waiting for a backend. */
interface Prober {
  readonly client: PgConnection;
  /** `null` as long as it waits. */
  servedBy(): string | null;
}

/**
 * Several clients take a transaction each, which a proxy has to give a backend: none may get ours, and ours may not
 * change. A proxy that has none left lets one wait; were ours free, it would not have to.
 *
 * @throws {SquizzleError} `DATABASE_UNREACHABLE` where no second connection can be made; `CONNECTION_LOST`, `CANCELLED`.
 */
export async function isSharedSession(own: PgConnection, open: Open, signal?: AbortSignal): Promise<boolean> {
  if (await isDirect(own)) return false;
  const pid = await own.backendPid();
  const guarded = guardConnection(own, signal);
  const probers: Prober[] = [];
  try {
    while (probers.length < PROBES) {
      const prober = await startProber(await open({ signal }));
      if (prober === null) return true;
      probers.push(prober);
      const isTaken = probers.some(({ servedBy }) => servedBy() === pid);
      if (isTaken || (await askForPid(guarded)) !== pid) return true;
      if (prober.servedBy() === null) return false;
    }
    return false;
  } finally {
    await Promise.all(probers.map(leave));
  }
}

/** @returns `null` where a transaction is refused: the proxy pools statements. */
async function startProber(client: PgConnection): Promise<Prober | null> {
  let served: string | null = null;
  const begin = async (): Promise<void> => {
    await client.backendPid(); // so that the next answer is that to BEGIN
    await client.send('BEGIN');
    served = await askForPid(client);
  };
  try {
    await raceAbort(begin(), AbortSignal.timeout(PATIENCE_MS), 'asking for a backend');
  } catch (error) {
    if (!isSquizzleError(error, 'CANCELLED')) {
      client.abandon();
      if (isRefusal(error)) return null;
      throw error;
    }
  }
  return { client, servedBy: () => served };
}

/** Of the transaction itself, whether the proxy hangs up after it or not. */
function isRefusal(error: unknown): boolean {
  const answer = isSquizzleError(error, 'CONNECTION_LOST') ? error.cause : error;
  return answer instanceof ServerFailure && !endsSession(answer.sqlState);
}

async function askForPid(connection: SqlConnection): Promise<string> {
  const [row] = await connection.query('SELECT pg_backend_pid() AS pid');
  return row?.['pid'] ?? '';
}

async function leave({ client, servedBy }: Prober): Promise<void> {
  if (servedBy() === null) return client.abandon();
  await client.send('ROLLBACK').catch(() => undefined);
  await client.close();
}
