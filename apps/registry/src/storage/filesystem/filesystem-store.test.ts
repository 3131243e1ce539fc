/**
 * The contract that all drivers share, on a disk in memory, where it is quick; and on a disk of this machine what only
 * files can go through. `filesystem-store.integration.test.ts` has the whole contract on the disk.
 *
 * @module
 */
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@squizzle/oci-spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../contracts.ts';
import { describeStoreContract, type StoreFixture } from '../../../test/storage-contract/storage-contract.ts';
import { openFilesystemStore } from './filesystem-store.ts';
import { createLayout } from './layout.ts';
import { createMemoryFileSystem } from '../../../test/filesystem/memory-file-system.ts';
import {
  APP,
  inChunks,
  OTHER,
  pushBlob,
  readBlob,
  sampleBytes,
  sampleManifest,
  toRepository,
  V1,
} from '../../../test/filesystem/samples.ts';

const OPTIONS = { uploadExpiryMs: 600_000, maxBlobBytes: 4_000_000 } as const;

async function openFixture(): Promise<StoreFixture> {
  let time = 1_700_000_000_000;
  const now = (): number => time;
  const fs = createMemoryFileSystem(now);
  const open = async (): Promise<Store> => openFilesystemStore('/srv/registry', { ...OPTIONS, fs, now });
  return { store: await open(), reopen: open, advance: (ms) => void (time += ms), close: async () => undefined };
}

describeStoreContract('filesystem store in memory', openFixture, { ...OPTIONS, restarts: true, numRuns: 15 });

describe('a filesystem store on a disk', () => {
  let root: string;
  let store: Store;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'squizzle-registry-'));
    store = await openFilesystemStore(root);
  });
  afterEach(async () => {
    await store.close();
    await rm(root, { recursive: true });
  });

  const stored = async (): Promise<readonly string[]> => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  };

  it('keeps one file of a blob that 20 clients push at once, to one repository or to many', async () => {
    const bytes = sampleBytes(100_000);
    const repositories = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? APP : toRepository(`r${at}`)));
    const digests = await Promise.all(
      repositories.map(async (repository) => pushBlob(store, repository, bytes, 'sha256', 30_000)),
    );
    expect(new Set(digests)).toEqual(new Set([digestOf(bytes)]));
    for (const repository of repositories) {
      expect(digestOf((await readBlob(store, repository, digestOf(bytes))) ?? new Uint8Array())).toBe(digestOf(bytes));
    }
    const files = await stored();
    expect(files.filter((path) => path.startsWith('blobs/'))).toHaveLength(1);
    expect(files.filter((path) => /^(?:staging|uploads)\//.test(path))).toEqual([]);
  });

  it('keeps every manifest that 20 clients push at once with one tag, which names one of them', async () => {
    const manifests = Array.from({ length: 20 }, (_, at) => sampleManifest(`push ${at}`));
    await Promise.all(manifests.map(async (each) => store.manifests.put(APP, each, { tags: [V1] })));
    for (const { digest, bytes } of manifests) {
      expect((await store.manifests.get(APP, digest))?.bytes).toEqual(new Uint8Array(bytes));
    }
    expect(manifests.map(({ digest }) => digest)).toContain(await store.manifests.resolve(APP, V1));
    expect((await stored()).filter((path) => path.startsWith('staging/'))).toEqual([]);
  });

  it('goes on with an upload after a restart in the midst of it', async () => {
    const bytes = sampleBytes(1_000);
    const { id } = await store.uploads.create(APP);
    await store.uploads.append(APP, id, { bytes: inChunks(bytes.subarray(0, 400), 100) });
    await store.close();
    store = await openFilesystemStore(root);
    expect(await store.uploads.status(APP, id)).toEqual({ id, sizeBytes: 400 });
    await store.uploads.append(APP, id, { bytes: inChunks(bytes.subarray(400), 100), offset: 400 });
    expect(await store.uploads.complete(APP, id, digestOf(bytes))).toEqual({ sizeBytes: 1_000 });
    expect(await readBlob(store, APP, digestOf(bytes))).toEqual(bytes);
  });

  it('heals a blob that became shorter when it is pushed again', async () => {
    const bytes = sampleBytes(1_000);
    const digest = await pushBlob(store, APP, bytes);
    await truncate(createLayout(root).blob(digest), 10);
    await pushBlob(store, OTHER, bytes);
    expect(await readBlob(store, APP, digest)).toEqual(bytes);
  });

  it('waits at its end for what is under way, and takes no more', async () => {
    const putting = store.manifests.put(APP, sampleManifest('last'), { tags: [V1] });
    await store.close();
    const late = store.manifests.resolve(APP, V1);
    await expect(late).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
    await putting;
    const reopened = await openFilesystemStore(root);
    expect(await reopened.manifests.resolve(APP, V1)).toBe(sampleManifest('last').digest);
    await reopened.close();
  });
});
