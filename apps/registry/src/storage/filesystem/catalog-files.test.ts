import { type Digest } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import type { NewManifest, ReferrersPage, Store } from '../contracts.ts';
import { openFilesystemStore } from './filesystem-store.ts';
import { createLayout } from './layout.ts';
import { createMemoryFileSystem, type MemoryFileSystem } from '../../../test/filesystem/memory-file-system.ts';
import { APP, sampleManifest } from '../../../test/filesystem/samples.ts';

const ROOT = '/srv';
const layout = createLayout(ROOT);
const subject = sampleManifest('subject').digest;
const ALL: ReferrersPage = { limit: 100, limitBytes: 1_000_000 };

let disk: MemoryFileSystem;
let store: Store;

beforeEach(async () => {
  disk = createMemoryFileSystem();
  store = await openFilesystemStore(ROOT, { fs: disk });
});

async function referTo(to: Digest, count: number): Promise<readonly NewManifest[]> {
  const manifests = Array.from({ length: count }, (_, at) =>
    sampleManifest(`${at % 2 === 0 ? 'even' : 'odd'}.${at}`, to),
  );
  for (const manifest of manifests) await store.manifests.put(APP, manifest);
  return manifests.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

const list = async (page: Partial<ReferrersPage> = {}): Promise<{ digests: Digest[]; more: boolean }> => {
  const { items, more } = await store.catalog.listReferrers(APP, subject, { ...ALL, ...page });
  return { digests: items.map(({ digest }) => digest), more };
};

describe('listReferrers', () => {
  it('reads more entries than it reads at once, page after page', async () => {
    const digests = (await referTo(subject, 50)).map(({ digest }) => digest);
    const found: Digest[] = [];
    for (let more = true; more;) {
      const after = found.at(-1);
      const page = await list({ limit: 7, ...(after !== undefined && { after }) });
      expect(page.digests.length).toBeLessThanOrEqual(7);
      found.push(...page.digests);
      more = page.more;
    }
    expect(found).toEqual(digests);
  });

  it.each([
    { limit: 49, more: true, why: 'one is left' },
    { limit: 50, more: false, why: 'that is all of them' },
    { limit: 51, more: false, why: 'there are not so many' },
    { limit: 0, more: false, why: 'nothing was asked for' },
  ])('says whether there is more after $limit of 50: $why', async ({ limit, more }) => {
    await referTo(subject, 50);
    expect(await list({ limit })).toMatchObject({ more, digests: { length: Math.min(limit, 50) } });
  });

  it('counts only what the filter lets through', async () => {
    const [first, second] = await referTo(subject, 20);
    const artifactType = first?.referrer?.descriptor.artifactType ?? '';
    expect(await list({ artifactType, limit: 1 })).toEqual({ digests: [first?.digest], more: false });
    expect(await list({ limit: 1 })).toEqual({ digests: [first?.digest], more: true });
    expect(await list({ artifactType: 'none/such' })).toEqual({ digests: [], more: false });
    expect((await list({ limit: 2 })).digests).toEqual([first?.digest, second?.digest]);
  });

  it('stops before the descriptors get too long together, and always gives one', async () => {
    const manifests = await referTo(subject, 3);
    const sizes = manifests.map(({ referrer }) => JSON.stringify(referrer?.descriptor).length + 1);
    const [one = 0, two = 0] = sizes;
    expect(await list({ limitBytes: 1 })).toMatchObject({ digests: { length: 1 }, more: true });
    expect(await list({ limitBytes: one + two - 1 })).toMatchObject({ digests: { length: 1 }, more: true });
    expect(await list({ limitBytes: one + two })).toMatchObject({ digests: { length: 2 }, more: true });
    expect(await list({ limitBytes: sizes.reduce((a, b) => a + b) })).toMatchObject({
      digests: { length: 3 },
      more: false,
    });
  });

  it('passes over entries whose manifest is gone, as a power failure may leave them', async () => {
    const [first, second] = await referTo(subject, 2);
    disk.remove(layout.revision(APP, first?.digest ?? subject));
    expect(await list()).toEqual({ digests: [second?.digest], more: false });
    expect(await list({ limit: 1 })).toEqual({ digests: [second?.digest], more: false });
  });

  it('passes over an entry when the manifest was pushed again without that subject', async () => {
    const [manifest] = await referTo(subject, 1);
    if (manifest === undefined) throw new TypeError('one was pushed');
    await store.manifests.put(APP, {
      digest: manifest.digest,
      bytes: manifest.bytes,
      mediaType: 'application/vnd.other',
    });
    expect(await list()).toEqual({ digests: [], more: false });
  });

  it.each([
    { content: '', why: 'nothing' },
    { content: '{"mediaType":', why: 'half of it' },
    { content: '[]', why: 'no descriptor' },
  ])('refuses to leave out an entry that is damaged: $why', async ({ content }) => {
    const [manifest] = await referTo(subject, 1);
    disk.damage(layout.referrer(APP, subject, manifest?.digest ?? subject), () => Buffer.from(content));
    await expect(list()).rejects.toMatchObject({ code: 'DAMAGED' });
  });

  it('gives back what the descriptor says, annotations included', async () => {
    const plain = sampleManifest('annotated', subject);
    const descriptor = { ...plain.referrer?.descriptor, annotations: { 'com.example': 'Ä "\\ \u0000' } } as NonNullable<
      NewManifest['referrer']
    >['descriptor'];
    await store.manifests.put(APP, { ...plain, referrer: { subject, descriptor } });
    expect((await store.catalog.listReferrers(APP, subject, ALL)).items).toEqual([descriptor]);
  });
});

describe('listTags', () => {
  it('passes over what others left in the folder', async () => {
    await store.manifests.put(APP, sampleManifest('a'), { tags: [] });
    await disk.mkdir(layout.tags(APP));
    await disk.open(`${layout.tags(APP)}/.nfs0001`, 'wx');
    await disk.open(`${layout.tags(APP)}/tag`, 'wx');
    expect(await store.catalog.listTags(APP, { limit: 10 })).toEqual({ items: ['tag'], more: false });
  });
});
