/**
 * A database that is used for one fault after another: made as new before each, watched by a client of its own.
 *
 * @module
 */
import type { ProvidedServer } from '../../tools/postgres/provided-context.ts';
import { openClient, type Client } from '../support/client.ts';
import { createDatabase } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { installRig, type Rig } from './faulty-project.ts';

export interface Stage {
  readonly url: string;
  readonly client: Client;
}

export interface Stages {
  readonly list: readonly Stage[];
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openStages(server: ProvidedServer, count: number, rig: Rig = {}): Promise<Stages> {
  const open = async (): Promise<Stage> => {
    const url = await createDatabase(server);
    await installRig(url, rig);
    return { url, client: await openClient(url, 'watcher') };
  };
  const list = await Promise.all(Array.from({ length: count }, open));
  const close = async (): Promise<void> => void (await Promise.all(list.map(({ client }) => client.close())));
  return { list, [Symbol.asyncDispose]: close };
}

/** Plays every item on whichever stage is free. */
export async function playAll<T>(
  items: readonly T[],
  { list }: Stages,
  play: (item: T, stage: Stage) => Promise<void>,
): Promise<void> {
  const left = [...items];
  await Promise.all(
    list.map(async (stage) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await play(item, stage);
    }),
  );
}

/** Takes away the ledger and all that the releases of the faulty project made. */
export async function clearStage({ client }: Stage): Promise<void> {
  await client.query(`DROP SCHEMA IF EXISTS squizzle CASCADE; DROP TABLE IF EXISTS a, b, c, d, rig.orders;
    CREATE TABLE rig.orders (id int)`);
}

/** Waits until no session but the watcher's is left in the database. */
export async function untilAlone({ client }: Stage): Promise<void> {
  const others = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;
  await until('the sessions of the run end', async () => (await client.query(others)).length === 0);
}

/** All relations of the project with their columns. */
const SCHEMA = `SELECT string_agg(line, E'\\n' ORDER BY line) AS schema FROM (
  SELECT concat_ws(' ', c.relkind, c.relname, i.indisvalid, i.indisunique, a.attname, format_type(a.atttypid, a.atttypmod)) AS line
  FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace IN ('public'::regnamespace, 'rig'::regnamespace)) AS lines`;

export async function schemaOf({ client }: Stage): Promise<string> {
  const [row] = await client.query(SCHEMA);
  return String(row?.['schema']);
}

/** {@link schemaOf} a stage without releases, and of one with both. */
export const SCHEMA_BEFORE = 'r orders id integer';
export const SCHEMA_AFTER = [
  'i c_x t t index integer',
  'r a i integer',
  'r b i integer',
  'r c i integer',
  'r d i integer',
  SCHEMA_BEFORE,
  'r orders note text',
].join('\n');
