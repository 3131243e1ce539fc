import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContentSource } from '@squizzle/core';
import {
  createMemoryContentStore,
  describeContentStoreContract,
  describeReferrerContract,
  fetchAll,
  pushImage,
  sampleBlob,
  toTag,
  type MemoryContentStore,
} from '@squizzle/core/testing';
import { digestHex, isVerifiedAs, type Bytes, type Descriptor } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { filesBelow, useTemporaryFolder } from '../../test/temporary-folder.ts';
import { watchFs } from '../../test/watched-fs.ts';
import { createContentCache } from './content-cache.ts';
import { withCache } from './with-cache.ts';

const open = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'squizzle-cache-'));
  const store = withCache(createMemoryContentStore(), createContentCache(folder));
  return { store, close: async () => rm(folder, { recursive: true }) };
};
describeContentStoreContract('store with a cache', open);
describeReferrerContract('store with a cache', open);

describe('withCache', () => {
  const folder = useTemporaryFolder();
  const large = sampleBlob(1_100_000);
  let memory: MemoryContentStore;
  let fetched: string[];
  const watched = (): MemoryContentStore => ({
    ...memory,
    fetch: (descriptor, options) => {
      fetched.push(descriptor.digest);
      return memory.fetch(descriptor, options);
    },
  });
  beforeEach(async () => {
    memory = createMemoryContentStore();
    fetched = [];
    await memory.push(large.descriptor, [large.bytes]);
  });
  const blobPath = ({ digest }: Descriptor): string =>
    join(folder(), 'v1', 'blobs', 'sha256', digestHex(digest).slice(0, 2), digestHex(digest));

  it('asks the store once, whichever project and registry asks again', async () => {
    const store = withCache(watched(), createContentCache(folder()));
    const other = withCache(watched(), createContentCache(folder()));
    for (const from of [store, store, other]) {
      expect(Buffer.compare(await fetchAll(from, large.descriptor), large.bytes)).toBe(0);
    }
    expect(fetched).toEqual([large.descriptor.digest]);
  });

  it('caches manifests by digest, and never tags', async () => {
    const store = withCache(watched(), createContentCache(folder()));
    const [first, second] = [await pushImage(store, 'first'), await pushImage(store, 'second')];
    await store.tag(first, toTag('latest'));
    expect(await store.resolve(toTag('latest'))).toMatchObject({ digest: first.digest });
    await memory.tag(second, toTag('latest'));
    expect(await store.resolve(toTag('latest'))).toMatchObject({ digest: second.digest });
    for (let time = 0; time < 2; time += 1) await fetchAll(store, second);
    expect(fetched).toEqual([second.digest]);
  });

  it('fetches again what is damaged in the cache, and heals it', async () => {
    const store = withCache(watched(), createContentCache(folder()));
    await fetchAll(store, large.descriptor);
    await writeFile(blobPath(large.descriptor), large.bytes.with(1_099_999, 1));
    for (let time = 0; time < 2; time += 1) {
      expect(Buffer.compare(await fetchAll(store, large.descriptor), large.bytes)).toBe(0);
    }
    expect(fetched).toHaveLength(2);
  });

  it('keeps nothing of content that was read in part', async () => {
    const store = withCache(memory, createContentCache(folder()));
    const reader = store.fetch(large.descriptor)[Symbol.asyncIterator]();
    await reader.next();
    await reader.return?.();
    expect(await filesBelow(folder())).toEqual([]);
  });

  it.each<{ fault: string; content: (bytes: Uint8Array) => Bytes; code: string }>([
    { fault: 'breaks off', content: (bytes) => [bytes.subarray(1)], code: 'SIZE_MISMATCH' },
    { fault: 'gives a wrong byte', content: (bytes) => [bytes.with(0, 1)], code: 'DIGEST_MISMATCH' },
  ])('gives no end to content of a store that $fault, and never serves it later', async ({ content, code }) => {
    const cache = createContentCache(folder());
    const bad: ContentSource = {
      fetch: () =>
        (async function* () {
          yield* content(large.bytes);
        })(),
    };
    const reading = async (): Promise<void> => {
      for await (const chunk of withCache(bad, cache).fetch(large.descriptor)) expect(chunk).toBeDefined();
    };
    await expect(reading()).rejects.toMatchObject({ code });
    expect(await cache.read(large.descriptor)).toBeUndefined();
  });

  it('serves from the store when the cache cannot be written or read, and nothing fails', async () => {
    const { fs } = watchFs(() => 'EIO');
    const faults: unknown[] = [];
    const store = withCache(watched(), createContentCache(folder(), { fs, onFault: (fault) => faults.push(fault) }));
    for (let time = 0; time < 2; time += 1) {
      expect(Buffer.compare(await fetchAll(store, large.descriptor), large.bytes)).toBe(0);
    }
    expect(fetched).toHaveLength(2);
    expect(faults).toHaveLength(1);
  });

  it('serves from the store what another process removed between the check and the reading', async () => {
    const cache = createContentCache(folder());
    const store = withCache(watched(), {
      ...cache,
      async read(content, options) {
        const found = await cache.read(content, options);
        await cache.clear();
        return found;
      },
    });
    for (let time = 0; time < 2; time += 1) {
      expect(Buffer.compare(await fetchAll(store, large.descriptor), large.bytes)).toBe(0);
    }
    expect(fetched).toHaveLength(2);
  });

  it('goes on without the cache when the disk fills up in the middle', async () => {
    let writes = 0;
    const { fs } = watchFs((call) => (call.startsWith('write') && (writes += 1) > 3 ? 'ENOSPC' : undefined));
    const store = withCache(memory, createContentCache(folder(), { fs }));
    expect(Buffer.compare(await fetchAll(store, large.descriptor), large.bytes)).toBe(0);
    expect(await filesBelow(folder())).toEqual([]);
  });

  it('says that its content is verified, so that nobody hashes it again', async () => {
    const store = withCache(memory, createContentCache(folder()));
    expect(isVerifiedAs(store.fetch(large.descriptor), large.descriptor)).toBe(true);
  });
});
