/**
 * What becomes of cosign's older signatures in a store: copied with the release, added to one another, taken away with it.
 *
 * @module
 */
import type { Descriptor } from '@squizzle/oci-spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore, DeletableStore } from '../contracts/content-store.ts';
import { copyContent } from '../storage/copy-content.ts';
import { readSignatureList } from '../storage/signature-list.ts';
import { copySignatureTags, deleteSignatureTags, findSignatureTags } from '../storage/signature-tags.ts';
import { fetchAll, pushImage, tagsOf, toTag, type StoreFixture } from './content-samples.ts';
import { createMemoryContentStore, type MemoryContentStore } from './memory-content-store.ts';
import { sign } from './signature-samples.ts';

type Signed = ContentStore & DeletableStore;

/** `open` gives an empty store each time. */
export function describeSignatureTagContract(name: string, open: () => Promise<StoreFixture<Signed>>): void {
  describe(`signature tags in a ${name}`, () => {
    let fixture: StoreFixture<Signed>;
    let store: Signed;
    let elsewhere: MemoryContentStore;
    let image: Descriptor;
    beforeEach(async () => {
      fixture = await open();
      ({ store } = fixture);
      elsewhere = createMemoryContentStore('elsewhere');
      image = await pushImage(elsewhere, 'a');
      await copyContent(image, elsewhere, store);
    });
    afterEach(async () => fixture.close());

    const signaturesIn = async (where: ContentStore): Promise<readonly (string | undefined)[]> => {
      const [found] = await findSignatureTags(image, where);
      const list = found === undefined ? undefined : await readSignatureList(found.descriptor, where);
      return (list?.layers ?? []).map(({ annotations }) => annotations?.['signature']);
    };

    it('come and go with their manifests byte for byte', async () => {
      const signature = await sign(elsewhere, image, 'ci');
      const attestation = await sign(elsewhere, image, 'ci', 'att');
      for (const [from, to] of [
        [elsewhere, store],
        [store, createMemoryContentStore('back')],
      ] as const) {
        expect((await copySignatureTags(image, from, to)).map(({ tag }) => tag)).toEqual([
          signature.tag,
          attestation.tag,
        ]);
        expect(await to.resolve(signature.tag)).toMatchObject({ digest: signature.descriptor.digest });
        expect(await to.resolve(attestation.tag)).toMatchObject({ digest: attestation.descriptor.digest });
        expect(await fetchAll(to, signature.payload)).toEqual(signature.bytes);
      }
    });

    it('are none for a release that nobody signed so', async () => {
      expect(await copySignatureTags(image, elsewhere, store)).toEqual([]);
      expect(await tagsOf(store)).toEqual([]);
    });

    it('follow a list that grew, to the same manifest', async () => {
      await sign(elsewhere, image, 'ci');
      await copySignatureTags(image, elsewhere, store);
      const { tag, descriptor } = await sign(elsewhere, image, 'dba');
      await copySignatureTags(image, elsewhere, store);
      expect(await store.resolve(tag)).toMatchObject({ digest: descriptor.digest });
    });

    it('are added to those of others, whichever way they are copied', async () => {
      await sign(elsewhere, image, 'ci');
      await sign(store, image, 'dba');
      await copySignatureTags(image, elsewhere, store);
      expect(await signaturesIn(store)).toEqual(['dba', 'ci']);
      await copySignatureTags(image, store, elsewhere);
      expect(await signaturesIn(elsewhere)).toEqual(['dba', 'ci']);
      await copySignatureTags(image, elsewhere, store);
      expect(await signaturesIn(store)).toEqual(['dba', 'ci']);
    });

    it('go with the release that was deleted, and those of others stay', async () => {
      const other = await pushImage(store, 'b');
      for (const [each, tag] of [
        [image, 'v1.0.0'],
        [other, 'v2.0.0'],
      ] as const) {
        await store.tag(each, toTag(tag));
        await sign(store, each, 'ci');
      }
      const [kept] = await findSignatureTags(other, store);
      await store.delete(image);
      await deleteSignatureTags(image, store);
      expect(await tagsOf(store)).toEqual([kept?.tag, 'v2.0.0']);
      expect(await store.resolve(kept?.tag ?? toTag('none'))).toMatchObject({ digest: kept?.descriptor.digest });
      await deleteSignatureTags(image, store);
      expect(await tagsOf(store)).toHaveLength(2);
    });

    it('stop with the reason of the signal', async () => {
      await sign(elsewhere, image, 'ci');
      const reason = new RangeError('stopped by the test');
      const signal = AbortSignal.abort(reason);
      await expect(copySignatureTags(image, elsewhere, store, { signal })).rejects.toBe(reason);
      expect(await tagsOf(store)).toEqual([]);
    });
  });
}
