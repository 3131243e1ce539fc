/**
 * The suite of `ImmutableTagStore`: a claimed tag stays what it is, whoever comes at the same moment.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore, ImmutableTagStore } from '../contracts/content-store.ts';
import { pushImage, sampleImage, tagsOf, toTag, type StoreFixture } from './content-samples.ts';

/** `open` gives an empty store each time. */
export function describeImmutableTagContract(
  name: string,
  open: () => Promise<StoreFixture<ContentStore & ImmutableTagStore>>,
): void {
  describe(`${name} as an ImmutableTagStore`, () => {
    let fixture: StoreFixture<ContentStore & ImmutableTagStore>;
    let store: ContentStore & ImmutableTagStore;
    const tag = toTag('v1.0.0');
    beforeEach(async () => {
      fixture = await open();
      ({ store } = fixture);
    });
    afterEach(async () => fixture.close());

    it('claims a free tag', async () => {
      const image = await pushImage(store, 'a');
      await store.claimTag(image, tag);
      expect(await store.resolve(tag)).toMatchObject({ digest: image.digest });
      expect(await tagsOf(store)).toEqual([tag]);
    });

    it('claims a tag again for the same digest, so that publishing can be run again', async () => {
      const image = await pushImage(store, 'a');
      await store.claimTag(image, tag);
      await store.claimTag(image, tag);
      expect(await store.resolve(tag)).toMatchObject({ digest: image.digest });
    });

    it('refuses another digest with TAG_IMMUTABLE, naming both, and leaves the tag as it was', async () => {
      const [first, second] = [await pushImage(store, 'first'), await pushImage(store, 'second')];
      await store.claimTag(first, tag);
      await expect(store.claimTag(second, tag)).rejects.toMatchObject({
        name: 'SquizzleError',
        code: 'TAG_IMMUTABLE',
        details: { tag, existing: first.digest, refused: second.digest },
      });
      expect(await store.resolve(tag)).toMatchObject({ digest: first.digest });
    });

    it('refuses a tag that was set without a claim, because it may already be in use', async () => {
      const [first, second] = [await pushImage(store, 'first'), await pushImage(store, 'second')];
      await store.tag(first, tag);
      await expect(store.claimTag(second, tag)).rejects.toMatchObject({ code: 'TAG_IMMUTABLE' });
      expect(await store.resolve(tag)).toMatchObject({ digest: first.digest });
    });

    it('refuses a manifest that was not pushed, with CONTENT_NOT_FOUND, and leaves the tag free', async () => {
      await expect(store.claimTag(sampleImage('absent').descriptor, tag)).rejects.toMatchObject({
        code: 'CONTENT_NOT_FOUND',
      });
      const image = await pushImage(store, 'a');
      await store.claimTag(image, tag);
      expect(await store.resolve(tag)).toMatchObject({ digest: image.digest });
    });

    it('lets one of 20 claimants win and tells every other who did', { timeout: 30_000 }, async () => {
      const images = await Promise.all(Array.from({ length: 20 }, async (_, at) => pushImage(store, `image ${at}`)));
      const outcomes = await Promise.allSettled(images.map(async (image) => store.claimTag(image, tag)));
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      const refusals = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
      );
      expect(refusals).toHaveLength(19);
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({ code: 'TAG_IMMUTABLE', details: { existing: images[winner]?.digest } });
      }
      expect(await store.resolve(tag)).toMatchObject({ digest: images[winner]?.digest });
    });

    it('does not claim when already aborted', async () => {
      const image = await pushImage(store, 'a');
      const reason = new RangeError('stopped by the test');
      await expect(store.claimTag(image, tag, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(await store.resolve(tag)).toBeUndefined();
    });
  });
}
