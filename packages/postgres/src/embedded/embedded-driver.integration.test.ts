import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseDriver } from '@squizzle/core';
import { describeDatabaseDriverContract, type DatabaseFixture } from '@squizzle/core/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { createEmbeddedDriver } from './index.ts';

const CAPABILITIES = {
  secondSession: 'PGlite has one session, and the folder is locked against a second driver',
  cancellation: 'PGlite runs a statement in this thread until it ends',
  guardedLedger: true,
} as const;

describe('PGlite', () => {
  let root: string;
  let templateCacheDir: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'squizzle-embedded-'));
    templateCacheDir = join(root, 'templates');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  describeDatabaseDriverContract('PGlite in memory', async () =>
    toFixture(createEmbeddedDriver({ dataDir: 'memory', templateCacheDir })),
  );

  describeDatabaseDriverContract('PGlite in a folder', async () => {
    const dataDir = join(await mkdtemp(join(root, 'folder-')), 'db');
    return toFixture(createEmbeddedDriver({ dataDir, templateCacheDir }));
  });
});

function toFixture(driver: DatabaseDriver): DatabaseFixture {
  return {
    driver,
    tableExists: async (name) => {
      const { objects } = await driver.snapshotSchema();
      return objects.some((object) => object.kind === 'table' && object.name === `public.${name}`);
    },
    ledgerTable: 'squizzle.ledger',
    capabilities: CAPABILITIES,
    close: () => driver.close(),
  };
}
