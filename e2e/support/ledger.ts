/**
 * What a database's ledger says, read as any program would.
 *
 * @module
 */
import { appliedReleases, findBrokenEvent, type History, type SchemaSnapshot } from '@squizzle/core';
import { createPostgresDriver } from '@squizzle/postgres';

export async function readHistory(url: string): Promise<History> {
  const driver = createPostgresDriver({ connectionString: url });
  try {
    return await driver.readHistory();
  } finally {
    await driver.close();
  }
}

export async function snapshot(url: string): Promise<SchemaSnapshot> {
  const driver = createPostgresDriver({ connectionString: url });
  try {
    return await driver.snapshotSchema();
  } finally {
    await driver.close();
  }
}

export function appliedVersions(history: History): readonly string[] {
  return appliedReleases(history).map((event) => event.version);
}

export function isWhole(history: History): boolean {
  return findBrokenEvent(history.events) === undefined;
}
