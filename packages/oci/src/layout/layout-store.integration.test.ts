import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeContentStoreContract,
  describeDeletableContract,
  describeImmutableTagContract,
  describeReferrerContract,
  describeReferrerRemovalContract,
  describeSignatureTagContract,
  type StoreFixture,
} from '@squizzle/core/testing';
import { createLayoutStore, type LayoutStore } from './layout-store.ts';

const open = async (): Promise<StoreFixture<LayoutStore>> => {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-layout-'));
  const store = createLayoutStore(join(folder, 'not', 'yet', 'there'));
  return { store, close: async () => rm(folder, { recursive: true }) };
};

describeContentStoreContract('layout store', open);
describeImmutableTagContract('layout store', open);
describeDeletableContract('layout store', open);
describeReferrerContract('layout store', open);
describeReferrerRemovalContract('layout store', open, { ofDeletedSubject: 'removed' });
describeSignatureTagContract('layout store', open);
