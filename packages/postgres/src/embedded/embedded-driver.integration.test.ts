import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDatabaseDriverContract, type DatabaseFixture } from '@squizzle/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedFixture, type EmbeddedFixture } from '../../test/embedded-fixture.ts';
import { EMBEDDED_TEMPLATES } from '../../test/embedded-templates.ts';
import { createEmbeddedDriver } from './index.ts';

const CAPABILITIES = {
  secondSession: 'PGlite has one session, and the folder is locked against a second driver',
  cancellation: 'PGlite runs a statement in this thread until it ends',
  guardedLedger: true,
  lockConflicts: 'PGlite has one session',
} as const;

describe('PGlite', () => {
  let root: string;
  const opened = new Map<string, EmbeddedFixture>();
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'squizzle-embedded-'));
  });
  afterAll(async () => {
    for (const { driver } of opened.values()) await driver.close();
    await rm(root, { recursive: true, force: true });
  });

  const open = (dataDir: string): Promise<DatabaseFixture> => {
    const embedded = opened.get(dataDir) ?? createEmbeddedFixture(dataDir);
    opened.set(dataDir, embedded);
    return Promise.resolve(toFixture(embedded));
  };
  describeDatabaseDriverContract('PGlite in memory', () => open('memory'));
  describeDatabaseDriverContract('PGlite in a folder', () => open(join(root, 'db')));

  it('says that what was in memory is gone once it is closed', async () => {
    const driver = createEmbeddedDriver({ dataDir: 'memory', templateCacheDir: EMBEDDED_TEMPLATES });
    await driver.close();
    await expect(driver.readHistory()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  it('makes no folder for who only reads', async () => {
    const driver = createEmbeddedDriver({ dataDir: join(root, 'absent'), templateCacheDir: EMBEDDED_TEMPLATES });
    expect(await driver.examine()).toMatchObject({ ledger: null, lockHolder: null });
    await expect(stat(join(root, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

function toFixture({ driver, empty }: EmbeddedFixture): DatabaseFixture {
  return {
    driver,
    tableExists: async (name) => {
      const { objects } = await driver.snapshotSchema();
      return objects.some((object) => object.kind === 'table' && object.name === `public.${name}`);
    },
    ledgerTable: 'squizzle.ledger',
    capabilities: CAPABILITIES,
    close: empty,
  };
}
