/**
 * The suite of `ReferrerStore`: what was attached is found, all of it, and nothing else is.
 *
 * @module
 */
import { EMPTY_DESCRIPTOR, EMPTY_JSON, type Descriptor } from '@squizzle/oci-spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore, DeletableStore, ReferrerStore } from '../contracts/content-store.ts';
import { fetchAll, pushImage, sampleImage, toTag, type StoreFixture } from './content-samples.ts';
import { attach, referrersOf, sampleReferrer, sampleReferrerIndex } from './referrer-samples.ts';

const SIGNATURE = 'application/vnd.test.signature';
const REPORT = 'application/vnd.test.report+json';

const digestsOf = (descriptors: readonly Descriptor[]): readonly string[] => descriptors.map(({ digest }) => digest);
const inOrder = (descriptors: readonly Descriptor[]): readonly string[] => digestsOf(descriptors).toSorted();
const labelled = (label: string): { readonly annotations: { readonly label: string } } => ({ annotations: { label } });

type Attaching = ContentStore & ReferrerStore;

/** `open` gives an empty store each time. */
export function describeReferrerContract(name: string, open: () => Promise<StoreFixture<Attaching>>): void {
  describe(`${name} as a ReferrerStore`, () => {
    let fixture: StoreFixture<Attaching>;
    let store: Attaching;
    beforeEach(async () => {
      fixture = await open();
      ({ store } = fixture);
    });
    afterEach(async () => fixture.close());

    const current = (): Attaching => store;
    itFindsWhatIsAttached(current);
    itDescribesReferrers(current);
    itFollowsNobodyElse(current);

    it('does not start when already aborted', async () => {
      const image = await pushImage(store, 'a');
      await attach(store, image);
      const reason = new RangeError('stopped by the test');
      await expect(referrersOf(store, image, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });
  });
}

function itFindsWhatIsAttached(store: () => Attaching): void {
  it('finds one referrer, whose document can be fetched', async () => {
    const image = await pushImage(store(), 'a');
    const { descriptor, bytes } = sampleReferrer(image, { artifactType: SIGNATURE });
    expect(await attach(store(), image, { artifactType: SIGNATURE })).toEqual(descriptor);
    const [found, ...others] = await referrersOf(store(), image);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ ...descriptor, artifactType: SIGNATURE });
    expect(await fetchAll(store(), found ?? image)).toEqual(bytes);
  });

  it('finds several in byte order of their digests, the same on every machine', async () => {
    const image = await pushImage(store(), 'a');
    const attached: Descriptor[] = [];
    for (const label of ['1', '2', '3', '4', '5']) attached.push(await attach(store(), image, labelled(label)));
    expect(digestsOf(await referrersOf(store(), image))).toEqual(inOrder(attached));
  });

  it('finds all of eight that were attached at once, because signers do not wait for each other', async () => {
    const image = await pushImage(store(), 'a');
    await store().push(EMPTY_DESCRIPTOR, [EMPTY_JSON]);
    const samples = Array.from({ length: 8 }, (_, at) => sampleReferrer(image, labelled(`${at}`)));
    await Promise.all(samples.map(async ({ descriptor, bytes }) => store().push(descriptor, [bytes])));
    const found = await referrersOf(store(), image);
    expect(digestsOf(found)).toEqual(inOrder(samples.map(({ descriptor }) => descriptor)));
  });

  it('lists a referrer once though it was pushed twice and has a tag', async () => {
    const image = await pushImage(store(), 'a');
    const referrer = await attach(store(), image);
    await attach(store(), image);
    await store().tag(referrer, toTag('signature'));
    expect(digestsOf(await referrersOf(store(), image))).toEqual([referrer.digest]);
  });

  it('finds what is attached to a manifest that is not here, because a signature may arrive first', async () => {
    const { descriptor, bytes } = sampleImage('later');
    const referrer = await attach(store(), descriptor);
    expect(digestsOf(await referrersOf(store(), descriptor))).toEqual([referrer.digest]);
    await store().push(descriptor, [bytes]);
    expect(digestsOf(await referrersOf(store(), descriptor))).toEqual([referrer.digest]);
  });

  it('finds an index that is attached', async () => {
    const image = await pushImage(store(), 'a');
    const { descriptor, bytes } = sampleReferrerIndex(image, [image], { artifactType: REPORT });
    await store().push(descriptor, [bytes]);
    expect(await referrersOf(store(), image)).toMatchObject([{ ...descriptor, artifactType: REPORT }]);
  });

  it('finds what is attached to an index', async () => {
    const image = await pushImage(store(), 'a');
    const index = sampleReferrerIndex(image, [image]);
    await store().push(index.descriptor, [index.bytes]);
    const referrer = await attach(store(), index.descriptor);
    expect(digestsOf(await referrersOf(store(), index.descriptor))).toEqual([referrer.digest]);
  });

  it('finds nothing where nothing is attached, and asking is no fault', async () => {
    const { descriptor } = sampleImage('absent');
    expect(await referrersOf(store(), descriptor)).toEqual([]);
    expect(await referrersOf(store(), await pushImage(store(), 'a'))).toEqual([]);
  });
}

function itDescribesReferrers(store: () => Attaching): void {
  it.each([
    {
      what: 'the artifact type and annotations',
      traits: { artifactType: SIGNATURE, annotations: { 'com.example.a': '1', 'com.example.b': 'ü' } },
      listed: { artifactType: SIGNATURE, annotations: { 'com.example.a': '1', 'com.example.b': 'ü' } },
      why: 'a reader chooses by them without fetching each',
    },
    {
      what: 'the config’s media type for an artifact type',
      traits: { configMediaType: REPORT },
      listed: { artifactType: REPORT },
      why: 'distribution-spec says so for manifests that have none',
    },
    {
      what: 'the artifact type before the config’s media type',
      traits: { artifactType: SIGNATURE, configMediaType: REPORT },
      listed: { artifactType: SIGNATURE },
      why: 'it is what the manifest says itself',
    },
  ])('lists $what: $why', async ({ traits, listed }) => {
    const image = await pushImage(store(), 'a');
    const referrer = await attach(store(), image, traits);
    const found = await referrersOf(store(), image);
    expect(found).toMatchObject([{ ...referrer, ...listed }]);
    expect(found[0]?.annotations ?? {}).toEqual(traits.annotations ?? {});
  });

  it('lists no artifact type for an index that has none', async () => {
    const image = await pushImage(store(), 'a');
    const { descriptor, bytes } = sampleReferrerIndex(image, []);
    await store().push(descriptor, [bytes]);
    const [found] = await referrersOf(store(), image);
    expect(found?.digest).toBe(descriptor.digest);
    expect(found?.artifactType).toBeUndefined();
  });

  it('lists those of one artifact type, also where the config stands for it', async () => {
    const image = await pushImage(store(), 'a');
    const signature = await attach(store(), image, { artifactType: SIGNATURE });
    const reports = [
      await attach(store(), image, { artifactType: REPORT }),
      await attach(store(), image, { configMediaType: REPORT }),
    ];
    const ofType = async (artifactType: string): Promise<readonly string[]> =>
      digestsOf(await referrersOf(store(), image, { artifactType }));
    expect(await ofType(SIGNATURE)).toEqual([signature.digest]);
    expect(await ofType(REPORT)).toEqual(inOrder(reports));
    expect(await ofType('application/vnd.test.none')).toEqual([]);
  });
}

function itFollowsNobodyElse(store: () => Attaching): void {
  it('keeps referrers of different manifests apart', async () => {
    const [a, b] = [await pushImage(store(), 'a'), await pushImage(store(), 'b')];
    const [ofA, ofB] = [await attach(store(), a), await attach(store(), b)];
    expect(digestsOf(await referrersOf(store(), a))).toEqual([ofA.digest]);
    expect(digestsOf(await referrersOf(store(), b))).toEqual([ofB.digest]);
  });

  it('lists what is attached to a referrer under that alone', async () => {
    const image = await pushImage(store(), 'a');
    const report = await attach(store(), image, { artifactType: REPORT });
    const signature = await attach(store(), report, { artifactType: SIGNATURE });
    expect(digestsOf(await referrersOf(store(), image))).toEqual([report.digest]);
    expect(digestsOf(await referrersOf(store(), report))).toEqual([signature.digest]);
    expect(await referrersOf(store(), signature)).toEqual([]);
  });

  it('resolves a referrer by its digest', async () => {
    const referrer = await attach(store(), await pushImage(store(), 'a'));
    expect(await store().resolve(referrer.digest)).toMatchObject({ digest: referrer.digest });
  });
}

export interface ReferrerRemovalTraits {
  /**
   * Whether untagged referrers go with the manifest that they are about. Registries keep them; where clients keep the
   * list of them, that goes.
   */
  readonly ofDeletedSubject: 'removed' | 'kept' | 'unlisted';
}

/** For a store that can delete as well. `open` gives an empty store each time. */
export function describeReferrerRemovalContract(
  name: string,
  open: () => Promise<StoreFixture<Attaching & DeletableStore>>,
  { ofDeletedSubject }: ReferrerRemovalTraits,
): void {
  describe(`${name} as a ReferrerStore that deletes`, () => {
    let fixture: StoreFixture<Attaching & DeletableStore>;
    let store: Attaching & DeletableStore;
    beforeEach(async () => {
      fixture = await open();
      ({ store } = fixture);
    });
    afterEach(async () => fixture.close());

    it('finds a deleted referrer no more, and those beside it still', async () => {
      const image = await pushImage(store, 'a');
      const [gone, stays] = [
        await attach(store, image, labelled('gone')),
        await attach(store, image, labelled('stays')),
      ];
      await store.delete(gone);
      expect(digestsOf(await referrersOf(store, image))).toEqual([stays.digest]);
      expect(await store.resolve(image.digest)).toMatchObject({ digest: image.digest });
      expect(await store.has(EMPTY_DESCRIPTOR)).toBe(true);
    });

    it('finds a referrer that was deleted and attached again', async () => {
      const image = await pushImage(store, 'a');
      await store.delete(await attach(store, image));
      const again = await attach(store, image);
      expect(digestsOf(await referrersOf(store, image))).toEqual([again.digest]);
    });

    it(`has referrers of a deleted manifest ${ofDeletedSubject}`, async () => {
      const image = await pushImage(store, 'a');
      const referrer = await attach(store, image);
      await store.delete(image);
      expect(digestsOf(await referrersOf(store, image))).toEqual(ofDeletedSubject === 'kept' ? [referrer.digest] : []);
      expect(await store.has(referrer)).toBe(ofDeletedSubject !== 'removed');
    });

    if (ofDeletedSubject === 'removed') itRemovesWithSubject(() => store);
  });
}

function itRemovesWithSubject(store: () => Attaching & DeletableStore): void {
  it('removes referrers of the referrers too, and what only they name', async () => {
    const image = await pushImage(store(), 'a');
    const report = await attach(store(), image, { artifactType: REPORT });
    const signature = await attach(store(), report, { artifactType: SIGNATURE });
    await store().delete(image);
    for (const gone of [image, report, signature, EMPTY_DESCRIPTOR]) expect(await store().has(gone)).toBe(false);
    expect(await store().resolve(signature.digest)).toBeUndefined();
  });

  it('keeps a referrer that has a tag: somebody named it', async () => {
    const image = await pushImage(store(), 'a');
    const referrer = await attach(store(), image);
    await store().tag(referrer, toTag('kept'));
    await store().delete(image);
    expect(await store().resolve(toTag('kept'))).toMatchObject({ digest: referrer.digest });
    expect(digestsOf(await referrersOf(store(), image))).toEqual([referrer.digest]);
  });

  it('keeps referrers of other manifests', async () => {
    const [image, other] = [await pushImage(store(), 'a'), await pushImage(store(), 'b')];
    await attach(store(), image);
    const referrer = await attach(store(), other);
    await store().delete(image);
    expect(digestsOf(await referrersOf(store(), other))).toEqual([referrer.digest]);
  });

  it('keeps referrers of a manifest that an index still needs', async () => {
    const image = await pushImage(store(), 'a');
    const referrer = await attach(store(), image);
    const index = sampleReferrerIndex(await pushImage(store(), 'b'), [image]);
    await store().push(index.descriptor, [index.bytes]);
    await store().delete(image);
    expect(await store().has(image)).toBe(true);
    expect(digestsOf(await referrersOf(store(), image))).toEqual([referrer.digest]);
  });
}
