import { digestOf } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { copyContent } from './copy-content.ts';
import { createArtifactStorage, toSelector } from './artifact-storage.ts';
import { listVersions } from './resolve-selector.ts';
import { toTag } from '../testing/content-samples.ts';
import { createMemoryContentStore } from '../testing/memory-content-store.ts';
import { createSourceTree } from '../testing/release-builder.ts';
import { buildOptions, publishChain, version } from '../testing/shop.ts';
import { buildArtifact } from '../stages/build.ts';
import { claimTags, publishArtifact } from '../stages/publish.ts';
import { pullArtifact } from '../stages/pull.ts';

const [COMMIT, OTHER] = ['4f2a9c1'.padEnd(40, '0'), '9999999'.padEnd(40, '0')];

/** 1.2.0 of a commit and, beside it, a release that has nothing to do with it; then somebody moves tags to that. */
async function openAttacked(moved: readonly string[], other: { version: string; revision?: string }) {
  const store = createMemoryContentStore();
  const publish = async (text: string, revision: string | undefined, moveTags: boolean) => {
    const tree = createSourceTree({ [`migrations/${text}.sql`]: 'CREATE TABLE t (i int);' });
    const options = buildOptions(text, revision === undefined ? {} : { revision });
    return publishArtifact(await buildArtifact(tree, null, options), store, { moveTags });
  };
  const { root: own } = await publish('1.2.0', COMMIT, true);
  const { root } = await publish(other.version, other.revision, false);
  await store.untag?.(toTag(`v${other.version}`));
  for (const tag of moved) await store.tag(root, toTag(tag));
  return { store, own, root };
}

describe('a selector whose tag names another release', () => {
  it.each([
    { selector: '1.2.0', moved: 'v1.2.0', why: 'an exact version' },
    { selector: 'v1.2.0', moved: 'v1.2.0', why: 'with its v' },
    { selector: 'v1.3.0_b.5', moved: 'v1.3.0_b.5', why: 'a version’s tag, as it is written in the store' },
    { selector: '^1.2', moved: 'v1.2.0', why: 'the best of a range' },
    { selector: '^1', moved: 'v1.9.9', why: 'a best that was never released' },
    { selector: '1.2', moved: 'v1.2', why: 'a minor line' },
    { selector: 'v1', moved: 'v1', why: 'a major line' },
    { selector: COMMIT, moved: 'v1.2.0', why: 'a commit, found by its version', revision: COMMIT },
    { selector: OTHER, moved: OTHER, why: 'a commit, found by a tag of that name' },
    { selector: '4f2a9c1', moved: '4f2a9c1', why: 'a commit that a moved tag hides', revision: OTHER, also: 'v1.2.0' },
  ])('is TAG_MOVED: $why', async ({ selector, moved, revision, also }) => {
    const other = { version: '6.6.6', ...(revision === undefined ? {} : { revision }) };
    const { store, root } = await openAttacked([moved, ...(also === undefined ? [] : [also])], other);
    const pulled = pullArtifact(toSelector(selector), store);
    await expect(pulled).rejects.toMatchObject({ code: 'TAG_MOVED', details: { tag: moved, actual: '6.6.6' } });
    await expect(pulled).rejects.toThrow(
      new RegExp(`the tag ${moved} of memory test names release 6.6.6.*${root.digest}`),
    );
  });

  it('says the version that was asked for', async () => {
    const { store } = await openAttacked(['v1.2.0'], { version: '6.6.6' });
    await expect(pullArtifact(toSelector('v1.2.0'), store)).rejects.toMatchObject({
      details: { tag: 'v1.2.0', expected: '1.2.0', actual: '6.6.6' },
    });
  });

  it.each([
    { selector: 'latest', moved: 'latest', why: 'what is newest is for the publisher to say' },
    { selector: 'stable', moved: 'stable', why: 'a tag of one’s own' },
    { selector: 'v6', moved: 'v6', why: 'a line that it belongs to' },
    { selector: OTHER, moved: OTHER, why: 'the tag of its own commit', revision: OTHER },
  ])('is taken: $why', async ({ selector, moved, revision }) => {
    const other = { version: '6.6.6', ...(revision === undefined ? {} : { revision }) };
    const { store, root } = await openAttacked([moved], other);
    expect((await pullArtifact(toSelector(selector), store)).root.digest).toBe(root.digest);
  });

  it('leaves the release itself to be had by its digest', async () => {
    const { store, own } = await openAttacked(['v1.2.0', 'v1.2', 'v1', 'latest'], { version: '6.6.6' });
    expect((await pullArtifact(toSelector(own.digest), store)).manifest.version).toBe('1.2.0');
  });

  it('is refused also where the release was read before', async () => {
    const { store, root } = await openAttacked(['v1.2.0'], { version: '6.6.6' });
    const known = await pullArtifact(toSelector(root.digest), store);
    await expect(pullArtifact(toSelector('1.2.0'), store, { known })).rejects.toMatchObject({ code: 'TAG_MOVED' });
  });
});

describe('a tag that was moved', () => {
  const urlOf = (text: string): string => text;

  it('gives no storage another release, and deletes none', async () => {
    const { store, root } = await openAttacked(['v1.2.0'], { version: '6.6.6' });
    const storage = createArtifactStorage(store, { urlOf });
    for (const act of [storage.pull('1.2.0'), storage.getManifest('1.2.0'), storage.delete('1.2.0')])
      await expect(act).rejects.toMatchObject({ code: 'TAG_MOVED' });
    expect(await store.has(root)).toBe(true);
    expect(await listVersions(store)).toEqual(['1.2.0']);
  });

  it('deletes no image that is no release', async () => {
    const { store } = await openAttacked([], { version: '6.6.6' });
    const layer = await publishChain({ '1.0.0': {} });
    const bytes = Buffer.from(JSON.stringify({ ...layer.image, annotations: {} }));
    const stranger = { ...layer.root, digest: digestOf(bytes), size: bytes.byteLength };
    await copyContent(layer.root, layer.store, store);
    await store.push(stranger, [bytes]);
    await store.tag(stranger, toTag('v1.2.0'));
    const deleted = createArtifactStorage(store, { urlOf }).delete('1.2.0');
    await expect(deleted).rejects.toMatchObject({ code: 'TAG_MOVED', details: { actual: stranger.digest } });
    expect(await store.has(stranger)).toBe(true);
  });

  it('moves no other tag: v1 and latest follow what a version’s tag says truly', async () => {
    const { store, own } = await openAttacked(['v1.2.0', 'v1.3.0'], { version: '6.6.6' });
    const tree = createSourceTree({ 'migrations/x.sql': 'CREATE TABLE x (i int);' });
    const { tags } = await publishArtifact(await buildArtifact(tree, null, buildOptions('1.1.0')), store);
    expect(tags).toEqual(['v1.1.0', 'v1.1']);
    for (const tag of ['v1', 'latest']) expect((await store.resolve(toTag(tag)))?.digest).toBe(own.digest);
  });

  it('moves none back to the release that is published, under a higher version', async () => {
    const { store, own, root } = await openAttacked(['v1.2.1'], { version: '1.1.0' });
    expect((await claimTags(version('1.1.0'), root, store)).tags).toEqual(['v1.1.0', 'v1.1']);
    expect((await store.resolve(toTag('v1')))?.digest).toBe(own.digest);
  });
});
