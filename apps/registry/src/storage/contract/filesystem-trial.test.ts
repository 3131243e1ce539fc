import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFilesystemStore } from '../filesystem/filesystem-store.ts';
import { describeStoreContract, type StoreFixture } from '../storage-contract.ts';
import type { Store } from '../contracts.ts';

const open = async (): Promise<StoreFixture> => {
  let clockMs = Date.now();
  const root = await mkdtemp(join(tmpdir(), 'squizzle-trial-'));
  const stores: Store[] = [];
  const openStore = async (): Promise<Store> => {
    const store = await openFilesystemStore(root, { now: () => clockMs, uploadExpiryMs: 60_000, maxBlobBytes: 4_000_000 });
    stores.push(store);
    return store;
  };
  const advance = (ms: number): void => { clockMs += ms; };
  return { store: await openStore(), reopen: openStore, advance, close: async () => {
    for (const store of stores) await store.close();
    await rm(root, { recursive: true, force: true });
  } };
};
describeStoreContract('trial', open, { uploadExpiryMs: 60_000, maxBlobBytes: 4_000_000, restarts: true, numRuns: 5 });
