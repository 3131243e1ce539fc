/**
 * The contract that all drivers share, on a disk of this machine, every flush included.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../contracts.ts';
import { describeStoreContract, type StoreFixture } from '../../../test/storage-contract/storage-contract.ts';
import { openFilesystemStore } from './filesystem-store.ts';

const OPTIONS = { uploadExpiryMs: 600_000, maxBlobBytes: 4_000_000 } as const;

async function openFixture(): Promise<StoreFixture> {
  const root = await mkdtemp(join(tmpdir(), 'squizzle-registry-'));
  const stores: Store[] = [];
  let aheadMs = 0;
  const open = async (): Promise<Store> => {
    const store = await openFilesystemStore(root, { ...OPTIONS, now: () => Date.now() + aheadMs });
    stores.push(store);
    return store;
  };
  return {
    store: await open(),
    reopen: open,
    advance: (ms) => void (aheadMs += ms),
    async close() {
      for (const store of stores) await store.close();
      await rm(root, { recursive: true });
    },
  };
}

describeStoreContract('filesystem store', openFixture, { ...OPTIONS, restarts: true, numRuns: 5 });
