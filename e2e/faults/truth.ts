/**
 * Whether ledger and catalog tell the same: each release leaves marks, relations that its segments make, and the ledger
 * says which of them must be there.
 *
 * @module
 */
import { unfinishedRelease, type History } from '@squizzle/core';
import { expect } from 'vitest';
import { appliedVersions, isWhole, readHistory } from '../support/ledger.ts';
import { query } from '../support/servers.ts';

export interface ReleaseMarks {
  readonly version: string;
  /** Relations that each segment makes, in order. */
  readonly segments: readonly (readonly string[])[];
  /** Relations that each segment of the rollback takes away. */
  readonly undo?: readonly (readonly string[])[];
}

/** Sends a query to the database, over whatever connection. */
export type Ask = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Relations of the schema `public`; an index only when it is valid. */
export async function presentRelations(ask: Ask): Promise<ReadonlySet<string>> {
  const rows = await ask(
    `SELECT c.relname FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND coalesce(i.indisvalid, true)`,
  );
  return new Set(rows.map((row) => String(row['relname'])));
}

/** Every relation whose presence contradicts the ledger, with what the ledger says. */
export function contradictions(
  history: History,
  catalog: ReadonlySet<string>,
  marks: readonly ReleaseMarks[],
): readonly string[] {
  const applied = new Set(appliedVersions(history));
  return marks.flatMap((release) => {
    const run = unfinishedRelease(history);
    const journal = run?.event.version === release.version ? run.journal : [];
    const isDown = run?.direction === 'down' && run.event.version === release.version;
    const segments = isDown ? (release.undo ?? []) : release.segments;
    return segments.flatMap((names, segment) => {
      const state = journal.find((entry) => entry.segment === segment)?.state;
      // A statement outside a transaction that was begun may or may not have had its effect: the ledger says no more.
      if (state === 'started') return [];
      const expected = isDown ? state !== 'finished' : applied.has(release.version) || state === 'finished';
      return names
        .filter((name) => catalog.has(name) !== expected)
        .map((name) => `${name}: the ledger says ${String(expected)}`);
    });
  });
}

/** The ledger is whole, and the catalog agrees with it. @returns what the ledger says. */
export async function expectTruth(
  url: string,
  marks: readonly ReleaseMarks[],
  when = '',
  ask: Ask = (sql) => query(url, sql),
): Promise<History> {
  const [history, catalog] = [await readHistory(url), await presentRelations(ask)];
  expect(contradictions(history, catalog, marks), when).toEqual([]);
  expect(isWhole(history), `the ledger is whole ${when}`).toBe(true);
  return history;
}

/** Every release is applied, once, and all that it makes is there. */
export async function expectApplied(
  url: string,
  marks: readonly ReleaseMarks[],
  when = '',
  ask: Ask = (sql) => query(url, sql),
): Promise<void> {
  const history = await expectTruth(url, marks, when, ask);
  expect(appliedVersions(history), when).toEqual(marks.map(({ version }) => version));
  expect(unfinishedRelease(history), when).toBeNull();
}
