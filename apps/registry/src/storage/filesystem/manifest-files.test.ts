import { beforeEach, describe, expect, it } from 'vitest';
import { isRegistryError } from '../../registry-error.ts';
import type { Store } from '../contracts.ts';
import { openFilesystemStore } from './filesystem-store.ts';
import { createLayout } from './layout.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from '../../../test/filesystem/memory-file-system.ts';
import { APP, LATEST, OTHER, sampleManifest, toTag, V1 } from '../../../test/filesystem/samples.ts';
import { watchFileSystem, type Call } from '../../../test/filesystem/watched-file-system.ts';

const ROOT = '/srv';
const layout = createLayout(ROOT);
const manifest = sampleManifest('one');
const other = sampleManifest('two');

let disk: MemoryFileSystem;
let calls: Call[];
let store: Store;
let advanceMs: number;

beforeEach(async () => {
  disk = createMemoryFileSystem();
  calls = [];
  advanceMs = 0;
  store = await openStore();
});

const openStore = async (): Promise<Store> =>
  openFilesystemStore(ROOT, {
    fs: watchFileSystem(disk, { begin: (call) => void calls.push(call) }),
    now: () => Date.now() + advanceMs,
  });

describe('get', () => {
  it('reads the bytes once, however many ask at once, and asks each time whether the manifest is still there', async () => {
    await store.manifests.put(APP, manifest);
    const path = layout.blob(manifest.digest);
    calls.length = 0;
    const all = await Promise.all(Array.from({ length: 20 }, async () => store.manifests.get(APP, manifest.digest)));
    await store.manifests.get(APP, manifest.digest);
    expect(all.map((each) => each?.bytes.byteLength)).toEqual(
      Array.from({ length: 20 }, () => manifest.bytes.byteLength),
    );
    expect(calls.filter(({ name, path: at }) => name === 'open' && at === path)).toHaveLength(1);
    await store.manifests.delete(APP, manifest.digest);
    expect(await store.manifests.get(APP, manifest.digest)).toBeUndefined();
  });

  it('needs one system call once it knows the manifest', async () => {
    await store.manifests.put(APP, manifest);
    await store.manifests.get(APP, manifest.digest);
    advanceMs += 10_000;
    await store.manifests.get(APP, manifest.digest);
    calls.length = 0;
    await store.manifests.get(APP, manifest.digest);
    expect(calls.map(({ name }) => name)).toEqual(['stat']);
  });

  it('sees what another process did', async () => {
    const another = await openStore();
    await store.manifests.put(APP, manifest, { tags: [V1] });
    expect(await another.manifests.get(APP, manifest.digest)).toMatchObject({ mediaType: manifest.mediaType });
    await store.manifests.put(APP, { ...manifest, mediaType: 'application/vnd.example' });
    expect(await another.manifests.get(APP, manifest.digest)).toMatchObject({ mediaType: 'application/vnd.example' });
    await store.manifests.put(APP, other, { tags: [V1] });
    expect(await another.manifests.resolve(APP, V1)).toBe(other.digest);
    await store.manifests.delete(APP, other.digest);
    expect(await another.manifests.resolve(APP, V1)).toBeUndefined();
  });

  it.each([
    { what: 'a wrong byte', damage: (bytes: Uint8Array) => bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte)) },
    { what: 'a missing byte', damage: (bytes: Uint8Array) => bytes.slice(1) },
    { what: 'no bytes', damage: () => new Uint8Array() },
    { what: 'more than a manifest may have', damage: () => new Uint8Array(4 * 1024 * 1024 + 1) },
  ])('never serves bytes with $what, and does again when they are pushed again', async ({ damage }) => {
    await store.manifests.put(APP, manifest, { tags: [V1] });
    disk.damage(layout.blob(manifest.digest), damage);
    const attempts = await Promise.allSettled([1, 2].map(async () => store.manifests.get(APP, manifest.digest)));
    for (const attempt of attempts) expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'DAMAGED' } });
    expect(disk.openCount()).toBe(0);
    await store.manifests.put(APP, manifest);
    expect((await store.manifests.get(APP, manifest.digest))?.bytes).toEqual(new Uint8Array(manifest.bytes));
  });

  it('says so when the bytes are missing though the repository has the manifest', async () => {
    await store.manifests.put(APP, manifest);
    disk.remove(layout.blob(manifest.digest));
    await expect(store.manifests.get(APP, manifest.digest)).rejects.toMatchObject({ code: 'DAMAGED' });
  });

  it.each([
    { content: '', why: 'nothing' },
    { content: 'application/json\n', why: 'no JSON' },
    { content: 'null\n', why: 'no object' },
    { content: '{"mediaType":"application/json"}', why: 'no end of the line' },
    { content: '{"mediaType":"no media type"}\n', why: 'no media type' },
    { content: '{"mediaType":"application/json","subject":"sha256:ff"}\n', why: 'no digest' },
    { content: `{"mediaType":"application/json"}${' '.repeat(2_000)}\n`, why: 'too long' },
  ])('refuses a revision that is damaged: $why', async ({ content }) => {
    await store.manifests.put(APP, manifest);
    disk.damage(layout.revision(APP, manifest.digest), () => Buffer.from(content));
    await expect(store.manifests.get(APP, manifest.digest)).rejects.toMatchObject({ code: 'DAMAGED' });
  });
});

describe('a tag', () => {
  it('whose manifest is gone does not resolve, and the manifest can be pushed again', async () => {
    await store.manifests.put(APP, manifest, { tags: [V1] });
    disk.remove(layout.revision(APP, manifest.digest));
    expect(await store.manifests.resolve(APP, V1)).toBeUndefined();
    await store.manifests.put(APP, manifest);
    expect(await store.manifests.resolve(APP, V1)).toBe(manifest.digest);
  });

  it.each([
    { condition: { type: 'absent' } as const, why: 'it cannot be claimed safely while its file is there' },
    { condition: { type: 'present' } as const, why: 'nothing can be pulled by it' },
    { condition: { type: 'one-of', digests: [manifest.digest] } as const, why: 'the manifest is not there' },
  ])('whose manifest is gone does not fit "$condition.type": $why', async ({ condition }) => {
    await store.manifests.put(APP, manifest, { tags: [V1] });
    disk.remove(layout.revision(APP, manifest.digest));
    const putting = store.manifests.put(APP, other, { tags: [V1], condition });
    await expect(putting).rejects.toMatchObject({ kind: 'PRECONDITION_FAILED' });
    expect(await store.manifests.has(APP, other.digest)).toBe(false);
  });

  it('that is damaged is reported, does not keep others from being deleted, and can be set again', async () => {
    await store.manifests.put(APP, manifest, { tags: [V1, LATEST] });
    disk.damage(layout.tag(APP, V1), () => Buffer.from('sha256:ff\n'));
    await expect(store.manifests.resolve(APP, V1)).rejects.toMatchObject({ code: 'DAMAGED' });
    expect(await store.manifests.delete(APP, manifest.digest)).toBe(true);
    expect(await store.manifests.resolve(APP, LATEST)).toBeUndefined();
    await store.manifests.put(APP, other, { tags: [V1] });
    expect(await store.manifests.resolve(APP, V1)).toBe(other.digest);
  });
});

describe('put', () => {
  it('of two processes that claim a tag, lets one have it', async () => {
    const stores = [store, await openStore(), await openStore()];
    const manifests = Array.from({ length: 20 }, (_, at) => sampleManifest(`claim ${at}`));
    const outcomes = await Promise.allSettled(
      manifests.map(async (each, at) =>
        stores[at % 3]?.manifests.put(APP, each, { tags: [V1], condition: { type: 'absent' } }),
      ),
    );
    const winners = manifests.filter((_, at) => outcomes[at]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(isRegistryError(outcome.reason, 'PRECONDITION_FAILED')).toBe(true);
    }
    expect(await store.manifests.resolve(APP, V1)).toBe(winners[0]?.digest);
  });

  it('claims all tags or none, also when another process takes one of them at the last moment', async () => {
    const tags = ['a', 'b', 'c'].map(toTag);
    const [, taken] = tags;
    const another = await openFilesystemStore(ROOT, { fs: disk });
    const fs = watchFileSystem(disk, {
      hold: ({ name, to }) =>
        name === 'link' && to === layout.tag(APP, toTag('b'))
          ? another.manifests.put(APP, other, { tags: [toTag('b')] })
          : undefined,
    });
    const late = await openFilesystemStore(ROOT, { fs });
    const putting = late.manifests.put(APP, manifest, { tags, condition: { type: 'absent' } });
    await expect(putting).rejects.toMatchObject({
      kind: 'PRECONDITION_FAILED',
      detail: { name: APP, tag: taken, digest: other.digest },
    });
    expect(await store.catalog.listTags(APP, { limit: 10 })).toEqual({ items: ['b'], more: false });
    expect(disk.files().filter((path) => path.includes('/staging/'))).toEqual([]);
  });

  it('checks every tag before it stores anything', async () => {
    await store.manifests.put(APP, manifest, { tags: [V1] });
    const putting = store.manifests.put(APP, other, { tags: [LATEST, V1], condition: { type: 'absent' } });
    await expect(putting).rejects.toMatchObject({ kind: 'PRECONDITION_FAILED' });
    expect(await store.manifests.has(APP, other.digest)).toBe(false);
    expect(disk.files()).not.toContain(layout.blob(other.digest));
  });

  it('lets those who do not ask move a tag beside those who do, one after the other', async () => {
    await store.manifests.put(APP, manifest, { tags: [V1] });
    const rounds = Array.from({ length: 20 }, (_, at) => sampleManifest(`round ${at}`));
    const condition = { type: 'one-of', digests: [manifest.digest] } as const;
    const outcomes = await Promise.allSettled(
      rounds.map(async (each, at) =>
        store.manifests.put(APP, each, { tags: [V1], ...(at % 2 === 0 && { condition }) }),
      ),
    );
    const asked = outcomes.filter((_, at) => at % 2 === 0);
    expect(asked.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
    expect(outcomes.filter((_, at) => at % 2 === 1).every(({ status }) => status === 'fulfilled')).toBe(true);
  });
});

describe('delete', () => {
  it('beside pushes of the same manifest leaves no tag without it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const all = Array.from({ length: 12 }, async (_, at) =>
        at % 3 === round % 3
          ? store.manifests.delete(APP, manifest.digest)
          : store.manifests.put(APP, manifest, { tags: [toTag(`t${at}`)] }),
      );
      await Promise.all(all);
      const { items } = await store.catalog.listTags(APP, { limit: 100 });
      const there = await store.manifests.has(APP, manifest.digest);
      expect(there || items.length === 0).toBe(true);
      for (const tag of items) expect(await store.manifests.resolve(APP, tag)).toBe(manifest.digest);
    }
  });

  it('leaves a tag alone that was moved to another manifest meanwhile', async () => {
    await store.manifests.put(APP, manifest, { tags: [V1] });
    let moved: Promise<void> | undefined;
    const fs = watchFileSystem(disk, {
      hold(call) {
        // The tags have been read; before the first of them is removed, someone moves it.
        if (call.name !== 'close' || call.path !== layout.tag(APP, V1) || moved !== undefined) return undefined;
        moved = store.manifests.put(APP, other, { tags: [V1] });
        return moved;
      },
    });
    const late = await openFilesystemStore(ROOT, { fs });
    expect(await late.manifests.delete(APP, manifest.digest)).toBe(true);
    expect(await store.manifests.resolve(APP, V1)).toBe(other.digest);
  });

  it('removes a place in the list of a subject that others refer to as well, and no other one', async () => {
    const [one, two] = [sampleManifest('first', manifest.digest), sampleManifest('second', manifest.digest)];
    for (const each of [one, two]) await store.manifests.put(APP, each);
    await store.manifests.put(OTHER, one);
    await store.manifests.delete(APP, one.digest);
    expect(disk.files()).not.toContain(layout.referrer(APP, manifest.digest, one.digest));
    for (const [repository, left] of [
      [APP, two],
      [OTHER, one],
    ] as const) {
      const { items } = await store.catalog.listReferrers(repository, manifest.digest, { limit: 9, limitBytes: 9_999 });
      expect(items.map(({ digest }) => digest)).toEqual([left.digest]);
    }
  });

  it('beside pushes that refer to the same subject never fails for a folder that vanished', async () => {
    const referrers = Array.from({ length: 8 }, (_, at) => sampleManifest(`r${at}`, manifest.digest));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        referrers.map(async (each, at) =>
          (at + round) % 2 === 0 ? store.manifests.put(APP, each) : store.manifests.delete(APP, each.digest),
        ),
      );
      const { items } = await store.catalog.listReferrers(APP, manifest.digest, { limit: 9, limitBytes: 99_999 });
      expect(items).toHaveLength(4);
    }
  });
});
