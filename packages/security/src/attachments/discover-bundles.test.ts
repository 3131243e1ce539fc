import { SquizzleError } from '@squizzle/core';
import {
  createMemoryContentStore,
  fetchAll,
  pushImage,
  sampleReferrer,
  type MemoryContentStore,
} from '@squizzle/core/testing';
import {
  ContentError,
  describeContent,
  digestOf,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  verifiedContent,
  type Descriptor,
} from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { addOldSignature, attachBundle } from '../../test/attached-signatures.ts';
import { BUNDLE_MEDIA_TYPE, COSIGN_ANNOTATIONS } from './cosign-layer.ts';
import { discoverBundles, type DiscoveryLimits } from './discover-bundles.ts';
import { formatSimpleSigning } from './simple-signing.ts';

const LIMITS: DiscoveryLimits = { bundleBytes: 10_000, referrers: 4 };
const ENVELOPE = 'application/vnd.dsse.envelope.v1+json';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const envelope = new TextEncoder().encode(
  JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload: base64('{}'), signatures: [{ sig: 'AAAA' }] }),
);

let store: MemoryContentStore;
let image: Descriptor;
let sha256: string;
beforeEach(async () => {
  store = createMemoryContentStore();
  image = await pushImage(store, 'a');
  sha256 = image.digest.replace('sha256:', '');
});

/** A referrer whose layers are blobs in the store. */
async function attachManifest(
  about: Descriptor,
  layers: readonly Descriptor[],
  artifactType: string = BUNDLE_MEDIA_TYPE,
): Promise<Descriptor> {
  const { descriptor, bytes } = sampleReferrer(about, { artifactType, layers });
  await store.push(EMPTY_DESCRIPTOR, [EMPTY_JSON]);
  await store.push(descriptor, [bytes]);
  return descriptor;
}

async function pushBlob(mediaType: string, text: string | Uint8Array): Promise<Descriptor> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const descriptor = describeContent(mediaType, bytes);
  await store.push(descriptor, [bytes]);
  return descriptor;
}

describe('discoverBundles', () => {
  it('finds nothing where nobody signed, and what is attached for other reasons is no signature', async () => {
    await attachManifest(image, [], 'application/vnd.cyclonedx+json');
    expect(await discoverBundles(image, store, LIMITS)).toEqual({ bundles: [], passedOver: [] });
  });

  it('finds bundles, of every version that says it is one', async () => {
    const attached = [
      await attachBundle(store, image, '{"a":1}'),
      await attachBundle(store, image, '{"b":1}', 'application/vnd.dev.sigstore.bundle.v0.4+json'),
    ];
    const { bundles, passedOver } = await discoverBundles(image, store, LIMITS);
    expect(passedOver).toEqual([]);
    expect(bundles.map(({ source }) => source)).toEqual(attached.map(({ digest }) => `referrer ${digest}`).toSorted());
    expect(bundles.map(({ json }) => json).toSorted()).toEqual(['{"a":1}', '{"b":1}']);
    for (const each of bundles) expect(each).toMatchObject({ subject: { sha256 }, cosignPayload: null });
  });

  it('finds signatures behind the .sig tag, which are about a payload that is about the artifact', async () => {
    const { tag, layer } = await addOldSignature(store, image);
    const { bundles } = await discoverBundles(image, store, LIMITS);
    expect(bundles).toEqual([
      {
        source: `tag ${tag}, layer 1`,
        json: expect.stringContaining('"messageSignature"') as string,
        subject: { sha256: layer.digest.replace('sha256:', '') },
        cosignPayload: { dockerReference: 'registry.test/db' },
      },
    ]);
  });

  it('finds attestations behind the .att tag, which name the artifact themselves', async () => {
    const { tag } = await addOldSignature(
      store,
      image,
      { payload: envelope, mediaType: ENVELOPE, annotations: {} },
      'att',
    );
    expect((await discoverBundles(image, store, LIMITS)).bundles).toEqual([
      {
        source: `tag ${tag}, layer 1`,
        json: expect.stringContaining('"dsseEnvelope"') as string,
        subject: { sha256 },
        cosignPayload: null,
      },
    ]);
  });

  it('finds the older form as a referrer, as cosign’s experimental OCI 1.1 mode attached it', async () => {
    const payload = await pushBlob(
      'application/vnd.dev.cosign.simplesigning.v1+json',
      formatSimpleSigning(image.digest, 'registry.test/db'),
    );
    const layer = { ...payload, annotations: { [COSIGN_ANNOTATIONS.signature]: 'AAAA' } };
    const type = 'application/vnd.dev.cosign.artifact.sig.v1+json';
    const { descriptor, bytes } = sampleReferrer(image, { configMediaType: type, layers: [layer] });
    await store.push({ ...EMPTY_DESCRIPTOR, mediaType: type }, [EMPTY_JSON]);
    await store.push(descriptor, [bytes]);
    expect((await discoverBundles(image, store, LIMITS)).bundles).toMatchObject([
      { source: `referrer ${descriptor.digest}, layer 1`, cosignPayload: { dockerReference: 'registry.test/db' } },
    ]);
  });

  it('looks into what a list names without a type, as lists kept by clients may', async () => {
    const bundle = await attachBundle(store, image, '{"a":1}');
    await attachManifest(image, [], 'application/vnd.cyclonedx+json');
    const typeless: MemoryContentStore = {
      ...store,
      async *referrers(subject) {
        for await (const { artifactType: _type, ...rest } of store.referrers(subject)) yield rest;
      },
    };
    const { bundles, passedOver } = await discoverBundles(image, typeless, LIMITS);
    expect(bundles).toMatchObject([{ source: `referrer ${bundle.digest}` }]);
    expect(passedOver).toEqual([]);
  });

  it('reads the tags of a store that keeps no referrers', async () => {
    await addOldSignature(store, image);
    const { referrers: _referrers, ...plain } = store;
    expect((await discoverBundles(image, plain, LIMITS)).bundles).toHaveLength(1);
  });

  it('names an artifact by its SHA-256 also where it was asked for by another digest', async () => {
    const bytes = await fetchAll(store, image);
    const root = { ...image, digest: digestOf(bytes, 'sha512') };
    await store.push(root, [bytes]);
    await attachBundle(store, root, '{}');
    expect((await discoverBundles(root, store, LIMITS)).bundles).toMatchObject([
      { subject: { sha256, sha512: root.digest.replace('sha512:', '') } },
    ]);
  });

  it('stops with the reason of the signal', async () => {
    await attachBundle(store, image, '{}');
    const reason = new RangeError('stopped by the test');
    await expect(discoverBundles(image, store, LIMITS, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('more than the limit', () => {
  it('are left out and counted, in each place by itself: a flood of one hides nothing in the others', async () => {
    for (const at of [1, 2, 3, 4, 5, 6]) await attachBundle(store, image, `{"flood":${at}}`);
    for (const at of [1, 2, 3, 4, 5]) {
      await addOldSignature(store, image, { annotations: { [COSIGN_ANNOTATIONS.signature]: 'AAAA'.repeat(at) } });
    }
    const { tag } = await addOldSignature(
      store,
      image,
      { payload: envelope, mediaType: ENVELOPE, annotations: {} },
      'att',
    );
    const { bundles, passedOver } = await discoverBundles(image, store, LIMITS);
    expect(bundles).toHaveLength(4 + 4 + 1);
    expect(bundles.at(-1)?.source).toBe(`tag ${tag}, layer 1`);
    expect(passedOver).toEqual([
      {
        source: `referrers of ${image.digest}`,
        code: 'BUNDLE_TOO_LARGE',
        reason: expect.stringMatching(/^6 were found and only 4 are looked at \(limits\.referrers\)/) as string,
        beyondLimit: true,
      },
      {
        source: `tag ${tag.replace('.att', '.sig')}`,
        code: 'BUNDLE_TOO_LARGE',
        reason: expect.stringMatching(/^5 were found and only 4/) as string,
        beyondLimit: true,
      },
    ]);
  });

  it('are none when there are just as many, and what is no signature does not count', async () => {
    for (const at of [1, 2, 3, 4]) await attachBundle(store, image, `{"bundle":${at}}`);
    for (const at of [1, 2, 3, 4]) {
      const { descriptor, bytes } = sampleReferrer(image, { artifactType: 'a/b', annotations: { at: `${at}` } });
      await store.push(descriptor, [bytes]);
    }
    const { bundles, passedOver } = await discoverBundles(image, store, LIMITS);
    expect(bundles).toHaveLength(4);
    expect(passedOver).toEqual([]);
  });

  it('are no more than the limit where one manifest has many signatures', async () => {
    const layers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (at) =>
        pushBlob('application/vnd.dev.cosign.simplesigning.v1+json', formatSimpleSigning(image.digest, `${at}`)),
      ),
    );
    const annotations = { [COSIGN_ANNOTATIONS.signature]: 'AAAA' };
    const type = 'application/vnd.dev.cosign.artifact.sig.v1+json';
    await attachManifest(
      image,
      layers.map((layer) => ({ ...layer, annotations })),
      type,
    );
    const { bundles, passedOver } = await discoverBundles(image, store, LIMITS);
    expect(bundles).toHaveLength(4);
    expect(passedOver).toMatchObject([{ code: 'BUNDLE_TOO_LARGE' }]);
  });

  it.each([
    { type: BUNDLE_MEDIA_TYPE, last: /^10000 were found/, why: 'bundles' },
    { type: undefined, last: /^10000 were found/, why: 'what has no type' },
    { type: 'application/spam', last: /^more than 10000 are attached/, why: 'what is no signature' },
  ])('are not asked for without end of a registry that lists without end: $why', async ({ type, last }) => {
    const { descriptor, bytes } = sampleReferrer(image, { artifactType: 'application/vnd.dev.sigstore.bundle' });
    await store.push(descriptor, [bytes]);
    let listed = 0;
    const endless: MemoryContentStore = {
      ...store,
      async *referrers() {
        for (; listed < 50_000; listed += 1)
          yield { ...descriptor, ...(type === undefined ? {} : { artifactType: type }) };
      },
    };
    const { passedOver } = await discoverBundles(image, endless, LIMITS);
    expect(listed).toBe(10_000);
    expect(passedOver[0]).toMatchObject({
      beyondLimit: true,
      reason: expect.stringMatching(/^more than 10000/) as string,
    });
    expect(passedOver.at(-1)).toMatchObject({ beyondLimit: true, reason: expect.stringMatching(last) as string });
  });

  it('of a list are none where it has just as many entries as are looked through', async () => {
    const bundle = await attachBundle(store, image, '{}');
    const long: MemoryContentStore = {
      ...store,
      async *referrers() {
        for (let at = 1; at < 10_000; at += 1) yield { ...bundle, artifactType: 'application/spam' };
        yield { ...bundle, artifactType: BUNDLE_MEDIA_TYPE };
      },
    };
    const { bundles, passedOver } = await discoverBundles(image, long, LIMITS);
    expect(bundles).toHaveLength(1);
    expect(passedOver).toEqual([]);
  });
});

describe('a store that fails', () => {
  const unreachable = new SquizzleError('STORE_UNUSABLE', 'said by the test', { path: '/x', systemCode: 'EIO' });

  it.each<{ what: string; broken: () => Partial<MemoryContentStore>; code: string }>([
    {
      what: 'gives other bytes than it was asked for',
      broken: () => ({
        fetch: (descriptor) =>
          verifiedContent(async function* () {
            yield new Uint8Array(descriptor.size);
          }, descriptor),
      }),
      code: 'DIGEST_MISMATCH',
    },
    {
      what: 'cannot be read',
      broken: () => ({
        fetch: () =>
          (async function* () {
            yield* [];
            throw unreachable;
          })(),
      }),
      code: 'STORE_UNUSABLE',
    },
    {
      what: 'cannot list what is attached',
      broken: () => ({
        async *referrers() {
          yield* [];
          throw unreachable;
        },
      }),
      code: 'STORE_UNUSABLE',
    },
    {
      what: 'cannot look up a tag',
      broken: () => ({ resolve: async () => Promise.reject(unreachable) }),
      code: 'STORE_UNUSABLE',
    },
  ])('and $what is no store where nobody signed: $code', async ({ broken, code }) => {
    await attachBundle(store, image, '{}');
    await expect(discoverBundles(image, { ...store, ...broken() }, LIMITS)).rejects.toMatchObject({ code });
  });

  it('and says that a document is malformed before it is read here is believed', async () => {
    await attachBundle(store, image, '{}');
    const fault = new ContentError('MANIFEST_INVALID', 'said by the test', {
      document: 'image manifest',
      path: '$',
      expected: 'x',
      found: 'y',
    });
    const refusing: MemoryContentStore = {
      ...store,
      fetch: () =>
        (async function* () {
          yield* [];
          throw fault;
        })(),
    };
    const { passedOver } = await discoverBundles(image, refusing, LIMITS);
    expect(passedOver).toMatchObject([{ code: 'BUNDLE_INVALID', reason: 'said by the test' }]);
  });
});
