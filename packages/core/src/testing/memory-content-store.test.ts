import { describeContentStoreContract } from './content-store-contract.ts';
import { describeDeletableContract } from './deletable-contract.ts';
import { describeImmutableTagContract } from './immutable-tag-contract.ts';
import { createMemoryContentStore, type MemoryContentStore } from './memory-content-store.ts';
import { describeReferrerContract, describeReferrerRemovalContract } from './referrer-contract.ts';
import type { StoreFixture } from './content-samples.ts';

const open = async (): Promise<StoreFixture<MemoryContentStore>> => ({
  store: createMemoryContentStore(),
  close: async () => undefined,
});

describeContentStoreContract('memory store', open);
describeImmutableTagContract('memory store', open);
describeDeletableContract('memory store', open);
describeReferrerContract('memory store', open);
describeReferrerRemovalContract('memory store', open, { ofDeletedSubject: 'removed' });
