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
 * What goes wrong for another client is no evidence, one that may not even connect least of all: whoever holds the migration
 * lock is looked at again when it is taken, and before each COMMIT.
 *
 * @throws {SquizzleError} `CONNECTION_LOST` of our own, `CANCELLED`.
 */
export async function isSharedSession(own: PgConnection, open: Open, signal?: AbortSignal): Promise<boolean> {
  if (await isDirect(own)) return false;
  const pid = await own.backendPid();
  const guarded = guardConnection(own, signal);
  const probers: Prober[] = [];
  try {
    for (let probe = 0; probe < PROBES; probe += 1) {
      const prober = await startProber(open, signal);
      if (prober === 'refused') return true;
      if (prober !== null) probers.push(prober);
      const isTaken = probers.some(({ servedBy }) => servedBy() === pid);
      if (isTaken || (await askForPid(guarded)) !== pid) return true;
      if (prober === null || prober.servedBy() === null) return false;
    }
    return false;
  } finally {
    await Promise.all(probers.map(leave));
  }
}

/** @returns `refused` where it may connect and may not begin a transaction; `null` where it is not served at all. */
async function startProber(open: Open, signal: AbortSignal | undefined): Promise<Prober | 'refused' | null> {
  const client = await openProber(open, signal);
  if (client === null) return null;
  let [asked, served]: [boolean, string | null] = [false, null];
  const begin = async (): Promise<void> => {
    await client.backendPid(); // so that the next answer is that to BEGIN
    asked = true;
    await client.send('BEGIN');
    served = await askForPid(client);
  };
  try {
    await raceAbort(begin(), AbortSignal.timeout(PATIENCE_MS), 'asking for a backend');
  } catch (error) {
    if (!isSquizzleError(error, 'CANCELLED')) {
      client.abandon();
      return asked && isRefusal(error) ? 'refused' : null;
    }
  }
  return { client, servedBy: () => served };
}

async function openProber(open: Open, signal: AbortSignal | undefined): Promise<PgConnection | null> {
  try {
    return await open({ signal });
  } catch (error) {
    if (isSquizzleError(error, 'CANCELLED')) throw error;
    return null;
  }
}

/** What PgBouncer says to a transaction in statement mode, as to much else, and then hangs up. */
const PGBOUNCER_SAYS = '08P01';
/** Connections, resources, shutdown and faults of the system: a proxy or server that is full or going down. */
const TROUBLE = /^(08|53|57P|58)/;

/** Of the transaction itself, whether the proxy hangs up after it or not. */
function isRefusal(error: unknown): boolean {
  const answer = isSquizzleError(error, 'CONNECTION_LOST') ? error.cause : error;
  return answer instanceof ServerFailure && (answer.sqlState === PGBOUNCER_SAYS || !TROUBLE.test(answer.sqlState));
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
