/**
 * A database that a chain of three releases was applied to, and what a diagnosis says of it.
 *
 * @module
 */
import { expect } from 'vitest';
import type { PulledArtifact } from '../model/artifact.ts';
import type { Finding, FindingCheck } from '../model/diagnosis.ts';
import { diagnoseDatabase } from '../stages/diagnose.ts';
import { migrate, table, TWO } from './apply-fixture.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { createMemoryDatabase } from './memory-driver.ts';
import { verifiedChain } from './shop.ts';

/** The last release needs three segments. */
export const DIAGNOSED = await verifiedChain({
  ...TWO,
  '1.2.0': {
    'migrations/3.sql': `${table('c')}\nCREATE INDEX CONCURRENTLY x ON c (i);\n${table('d')}\n`,
    'migrations/3.down.sql': 'DROP TABLE d;\nDROP INDEX CONCURRENTLY x;\nDROP TABLE c;\n',
  },
});

/** Events are 1 applied, 2 applied, 3 started, 4 applied. */
export async function createApplied(): Promise<MemoryDatabase> {
  const database = createMemoryDatabase();
  await migrate(DIAGNOSED, database);
  return database;
}

export function diagnose(
  database: MemoryDatabase,
  artifact: PulledArtifact | null = DIAGNOSED,
): Promise<readonly Finding[]> {
  return diagnoseDatabase(database.connect(), { artifact });
}

/** What one check says. */
export async function diagnoseOnly(
  check: FindingCheck,
  database: MemoryDatabase,
  artifact: PulledArtifact | null = DIAGNOSED,
): Promise<readonly Finding[]> {
  return (await diagnose(database, artifact)).filter((finding) => finding.check === check);
}

/** Texts are compared by patterns. */
export function matching(expected: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(expected).map(([key, value]) => {
    return [key, value instanceof RegExp ? (expect.stringMatching(value) as unknown) : value];
  });
  return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
}
