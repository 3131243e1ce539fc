import { unfinishedRelease, type History } from '@squizzle/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appliedVersions, isWhole, readHistory } from '../support/ledger.ts';
import type { Project } from '../support/project.ts';
import { createDatabase, newest, query, untilNoSessions } from '../support/servers.ts';
import { finish, mustSquizzle, startSquizzle } from '../support/squizzle.ts';
import { createSegmentedProject, RELEASES, segmentsOf } from './segmented-project.ts';

const KILLS = 20;

/** Relations of the project that are in the catalog; an index only when it is valid. */
async function present(url: string): Promise<ReadonlySet<string>> {
  const rows = await query(
    url,
    `SELECT c.relname FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND coalesce(i.indisvalid, true)`,
  );
  return new Set(rows.map((row) => String(row['relname'])));
}

/** Every relation whose presence contradicts the ledger, with what the ledger says. */
function contradictions(history: History, catalog: ReadonlySet<string>): readonly string[] {
  const applied = new Set(appliedVersions(history));
  const unfinished = unfinishedRelease(history);
  return RELEASES.flatMap((version) =>
    segmentsOf(version).flatMap((names, segment) => {
      const isOpen = unfinished?.event.version === version;
      const state = isOpen ? unfinished.journal.find((entry) => entry.segment === segment)?.state : undefined;
      // A statement outside a transaction that was begun may or may not have had its effect: the ledger says no more.
      if (state === 'started') return [];
      const expected = applied.has(version) || state === 'finished';
      return names
        .filter((name) => catalog.has(name) !== expected)
        .map((name) => `${name}: the ledger says ${String(expected)}`);
    }),
  );
}

describe.skipIf(newest.url === null)(
  `kill -9 of apply on PostgreSQL ${newest.version} (${newest.missing ?? 'real server'})`,
  () => {
    let project: Project;
    let fullMs = 0;

    beforeAll(async () => {
      project = await createSegmentedProject();
      const env = { DB_URL: await createDatabase(newest) };
      const start = performance.now();
      await mustSquizzle(['apply'], { cwd: project.folder, env });
      fullMs = performance.now() - start;
    });
    afterAll(() => project.remove());

    it.each(Array.from({ length: KILLS }, (_, index) => index))(
      'leaves a true ledger and a database that the next apply finishes, kill %i',
      async (index) => {
        const url = await createDatabase(newest);
        const options = { cwd: project.folder, env: { DB_URL: url } };
        const child = startSquizzle(['apply'], options);
        const ended = finish(child);
        // One random moment in each of as many slices of the run, so that its beginning and end are hit too.
        const delayMs = ((index + Math.random()) / KILLS) * fullMs;
        await new Promise((done) => setTimeout(done, delayMs));
        child.kill('SIGKILL');
        await ended;
        await untilNoSessions(url);
        const [history, catalog] = [await readHistory(url), await present(url)];
        expect(contradictions(history, catalog), `killed after ${Math.round(delayMs)} ms`).toEqual([]);
        expect(isWhole(history)).toBe(true);
        await mustSquizzle(['apply'], options);
        const finished = await readHistory(url);
        expect(appliedVersions(finished)).toEqual(RELEASES);
        expect(contradictions(finished, await present(url))).toEqual([]);
        expect(isWhole(finished)).toBe(true);
      },
    );
  },
);
