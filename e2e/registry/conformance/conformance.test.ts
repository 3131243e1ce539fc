/**
 * Our own conformance test: what the distribution-spec demands of a registry, asked over HTTP.
 *
 * Runs against the built server. `SQUIZZLE_CONFORMANCE_URL=http://host:port` runs the same rows against any other
 * registry that lets everyone push and delete; rows marked OURS go beyond the specification and may fail there, and
 * those that need settings of their own are left out.
 *
 * @module
 */
import { env } from 'node:process';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startRegistry, type RegistryProcess } from '../../support/registry.ts';
import { ALL_ROWS } from './all-rows.ts';
import { createHttpClient, type HttpClient } from './client.ts';
import { openRow, type Row } from './rows.ts';
import { SETTINGS } from './settings.rows.ts';
import { STORIES } from './stories.ts';

const ROW_TIMEOUT_MS = 30_000;

const foreignUrl = env['SQUIZZLE_CONFORMANCE_URL'];

describe('the registry', () => {
  describeRows(ALL_ROWS);
});

describe.skipIf(foreignUrl !== undefined).each(SETTINGS)('the registry with $args', ({ rows, args }) => {
  describeRows(rows, args);
});

/** One server for all of `rows`. */
function describeRows(rows: readonly Row[], args: readonly string[] = []): void {
  let server: RegistryProcess | undefined;
  let http: HttpClient | undefined;

  beforeAll(async () => {
    if (foreignUrl === undefined) server = await startRegistry({ args });
    http = createHttpClient(foreignUrl ?? server?.url ?? '');
  });

  afterAll(async () => {
    http?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const expectToHold = (row: Row) => row.test(openRow(http));

  // Not `each`, whose titles would be cut and quoted: they are what one searches a failure by.
  for (const members of grouped(rows)) {
    const [{ story, section }] = members;
    describe(`story ${story} ${STORIES[story]}: ${section}`, () => {
      for (const row of members) {
        it.concurrent(`${row.level}: ${row.says}`, { timeout: ROW_TIMEOUT_MS }, () => expectToHold(row));
      }
    });
  }
}

/** By story and section, in the order of the first row of each. */
function grouped(rows: readonly Row[]): Iterable<readonly [Row, ...Row[]]> {
  const groups = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    const key = `${row.story} ${row.section}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups.values();
}
