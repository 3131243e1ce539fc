/**
 * The suite of `DeletableStore`: what is taken away is gone, and nothing else is.
 *
 * @module
 */
import { EMPTY_DESCRIPTOR } from '@squizzle/oci-spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore, DeletableStore } from '../contracts/content-store.ts';
import {
  fetchAll,
  pushImage,
  sampleBlob,
  sampleImage,
  sampleIndex,
  tagsOf,
  toTag,
  type StoreFixture,
} from './content-samples.ts';

export interface DeletableTraits {
  /** Whether blobs that nothing names go with the manifest. Registries leave them to their garbage collection. */
  readonly collectsBlobs?: boolean;
  /** Whether a tag can go without its manifest. distribution before version 3 deletes manifests alone. */
  readonly untagsAlone?: boolean;
}

const [one, two, shared] = [sampleBlob(100, 1), sampleBlob(100, 2), sampleBlob(100, 3)];

/** `open` gives an empty store each time. */
export function describeDeletableContract(
  name: string,
  open: () => Promise<StoreFixture<ContentStore & DeletableStore>>,
  { collectsBlobs = true, untagsAlone = true }: DeletableTraits = {},
): void {
  describe(`${name} as a DeletableStore`, () => {
    let fixture: StoreFixture<ContentStore & DeletableStore>;
    let store: ContentStore & DeletableStore;
    beforeEach(async () => {
      fixture = await open();
      ({ store } = fixture);
    });
    afterEach(async () => fixture.close());

    if (untagsAlone) itUntagsAlone(() => store);
    else itUntagsWithManifest(() => store);

    it('removes a tag that is not there, so that a cleanup can be run again', async () => {
      await store.untag(toTag('v1'));
      await pushImage(store, 'a');
      await store.untag(toTag('v1'));
      expect(await tagsOf(store)).toEqual([]);
    });

    it(`deletes a manifest with all its tags${collectsBlobs ? ' and the blobs that only it names' : ''}`, async () => {
      const image = await pushImage(store, 'a', [one, two]);
      for (const tag of ['v1', 'latest']) await store.tag(image, toTag(tag));
      await store.delete(image);
      expect(await tagsOf(store)).toEqual([]);
      expect(await store.resolve(image.digest)).toBeUndefined();
      expect(await store.has(image)).toBe(false);
      for (const blob of [one.descriptor, two.descriptor, EMPTY_DESCRIPTOR]) {
        expect(await store.has(blob)).toBe(!collectsBlobs);
      }
    });

    it('keeps blobs that another manifest names, because releases share their layers', async () => {
      const first = await pushImage(store, 'first', [one, shared]);
      const second = await pushImage(store, 'second', [shared, two]);
      await store.tag(second, toTag('v2'));
      await store.delete(first);
      expect(await store.has(one.descriptor)).toBe(!collectsBlobs);
      expect(await fetchAll(store, shared.descriptor)).toEqual(shared.bytes);
      expect(await fetchAll(store, two.descriptor)).toEqual(two.bytes);
      expect(await store.has(EMPTY_DESCRIPTOR)).toBe(true);
      expect(await store.resolve(toTag('v2'))).toMatchObject({ digest: second.digest });
    });

    it('keeps blobs of a manifest without a tag, because it can be pulled by its digest', async () => {
      const first = await pushImage(store, 'first', [shared]);
      const second = await pushImage(store, 'second', [shared]);
      await store.delete(first);
      expect(await store.has(shared.descriptor)).toBe(true);
      expect(await store.resolve(second.digest)).toMatchObject({ digest: second.digest });
    });

    it('deletes an index and leaves the manifests in it that have a tag of their own', async () => {
      const image = await pushImage(store, 'a', [one]);
      await store.tag(image, toTag('v1'));
      const index = sampleIndex([image]);
      await store.push(index.descriptor, [index.bytes]);
      await store.delete(index.descriptor);
      expect(await store.has(index.descriptor)).toBe(false);
      expect(await store.resolve(toTag('v1'))).toMatchObject({ digest: image.digest });
      expect(await store.has(one.descriptor)).toBe(true);
    });

    it('deletes what is not there, so that a delete can be run again', async () => {
      await store.delete(sampleImage('absent').descriptor);
      const image = await pushImage(store, 'a');
      await store.delete(image);
      await store.delete(image);
      expect(await store.has(image)).toBe(false);
    });

    it('takes deleted content again', async () => {
      const image = await pushImage(store, 'a', [one]);
      await store.delete(image);
      await pushImage(store, 'a', [one]);
      expect(await store.resolve(image.digest)).toMatchObject({ digest: image.digest });
      expect(await fetchAll(store, one.descriptor)).toEqual(one.bytes);
    });

    it('removes nothing when already aborted', async () => {
      const image = await pushImage(store, 'a', [one]);
      await store.tag(image, toTag('v1'));
      const reason = new RangeError('stopped by the test');
      await expect(store.delete(image, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      await expect(store.untag(toTag('v1'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(await store.resolve(toTag('v1'))).toMatchObject({ digest: image.digest });
    });
  });
}

type Deletable = ContentStore & DeletableStore;

function itUntagsAlone(store: () => Deletable): void {
  it('removes one tag and leaves the manifest and its other tags', async () => {
    const image = await pushImage(store(), 'a');
    await store().tag(image, toTag('v1'));
    await store().tag(image, toTag('latest'));
    await store().untag(toTag('v1'));
    expect(await store().resolve(toTag('v1'))).toBeUndefined();
    expect(await tagsOf(store())).toEqual(['latest']);
    expect(await store().resolve(image.digest)).toMatchObject({ digest: image.digest });
  });

  it('keeps a manifest that lost its last tag: untag takes the name alone', async () => {
    const image = await pushImage(store(), 'a', [one]);
    await store().tag(image, toTag('v1'));
    await store().untag(toTag('v1'));
    expect(await tagsOf(store())).toEqual([]);
    expect(await store().resolve(image.digest)).toMatchObject({ digest: image.digest });
    expect(await store().has(one.descriptor)).toBe(true);
  });
}

function itUntagsWithManifest(store: () => Deletable): void {
  it('refuses with UNSUPPORTED to take another tag with the one', async () => {
    const image = await pushImage(store(), 'a');
    for (const tag of ['v1', 'latest']) await store().tag(image, toTag(tag));
    await expect(store().untag(toTag('v1'))).rejects.toMatchObject({ name: 'SquizzleError', code: 'UNSUPPORTED' });
    expect(await tagsOf(store())).toEqual(['latest', 'v1']);
    expect(await store().resolve(toTag('v1'))).toMatchObject({ digest: image.digest });
  });

  it('removes the only tag, and its blobs stay', async () => {
    const image = await pushImage(store(), 'a', [one]);
    await store().tag(image, toTag('v1'));
    await store().untag(toTag('v1'));
    expect(await tagsOf(store())).toEqual([]);
    expect(await store().has(one.descriptor)).toBe(true);
  });
}
