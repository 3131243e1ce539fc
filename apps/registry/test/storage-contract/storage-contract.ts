/**
 * The suite of `Store`: every driver runs it, and what passes can take any other's place.
 *
 * For tests alone. Each part takes its cases from the comments of `contracts.ts`, none from a driver.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeBlobs } from './blobs.ts';
import { describeCatalog } from './catalog.ts';
import { describeConcurrency } from './concurrency.ts';
import { describeManifests } from './manifests.ts';
import { describeModel } from './model.ts';
import { describeReferrers } from './referrers.ts';
import { describeRestart } from './restart.ts';
import type { CurrentFixture, StoreAbilities, StoreFixture } from './store-fixture.ts';
import { describeTags } from './tags.ts';
import { describeUploadRefusals } from './upload-refusals.ts';
import { describeUploadSessions } from './upload-sessions.ts';
import { describeUploads } from './uploads.ts';

export type { StoreAbilities, StoreFixture } from './store-fixture.ts';

/** For disks that take their time to flush: some cases write hundreds of files. */
const TIMEOUT_MS = 30_000;

/** `open` gives an empty store each time. */
export function describeStoreContract(
  name: string,
  open: () => Promise<StoreFixture>,
  abilities: StoreAbilities = {},
): void {
  describe(`${name} as a Store`, { timeout: TIMEOUT_MS }, () => {
    let fixture: StoreFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(async () => fixture.close());
    const current: CurrentFixture = () => fixture;

    describeBlobs(current);
    describeUploads(current);
    describeUploadRefusals(current, abilities);
    describeUploadSessions(current, abilities);
    describeManifests(current);
    describeTags(current);
    describeReferrers(current);
    describeCatalog(current);
    describeConcurrency(current);
    if (abilities.restarts === true) describeRestart(current, abilities);
    describeModel(open, abilities);
    itOpensAndCloses(current, abilities);
  });
}

function itOpensAndCloses(current: CurrentFixture, { restarts = false }: StoreAbilities): void {
  it('can be written: the probe says so, and leaves nothing behind', async () => {
    const { store } = current();
    await expect(store.probe()).resolves.toBeUndefined();
    expect(await store.catalog.listRepositories({ limit: 10 })).toEqual({ items: [], more: false });
  });

  it('can be closed twice', async () => {
    const { store } = current();
    await expect(store.close()).resolves.toBeUndefined();
    await expect(store.close()).resolves.toBeUndefined();
  });

  it('can be reopened when its data are said to outlive it, and only then', () => {
    expect(current().reopen !== undefined).toBe(restarts);
  });
}
