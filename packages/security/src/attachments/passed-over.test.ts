import {
  createMemoryContentStore,
  pushImage,
  sampleBlob,
  sampleReferrer,
  sampleReferrerIndex,
  type MemoryContentStore,
} from '@squizzle/core/testing';
import {
  describeContent,
  digestOf,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  MEDIA_TYPES,
  type Descriptor,
} from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { addOldSignature } from '../../test/attached-signatures.ts';
import { BUNDLE_MEDIA_TYPE, COSIGN_ANNOTATIONS } from './cosign-layer.ts';
import { discoverBundles, type DiscoveryLimits } from './discover-bundles.ts';
import { formatSimpleSigning } from './simple-signing.ts';

const LIMITS: DiscoveryLimits = { bundleBytes: 10_000, referrers: 4 };
const ENVELOPE = 'application/vnd.dsse.envelope.v1+json';

let store: MemoryContentStore;
let image: Descriptor;
beforeEach(async () => {
  store = createMemoryContentStore();
  image = await pushImage(store, 'a');
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

describe('what counts for nothing is passed over, with its reason', () => {
  const bundle = (text = '{}'): Promise<Descriptor> => pushBlob(BUNDLE_MEDIA_TYPE, text);
  const old = (payload: string | Uint8Array, mediaType?: string): Promise<unknown> =>
    addOldSignature(store, image, {
      payload: typeof payload === 'string' ? new TextEncoder().encode(payload) : payload,
      ...(mediaType === undefined ? {} : { mediaType }),
    });

  it.each<{ what: string; attach: () => Promise<unknown>; code: string; reason: RegExp }>([
    {
      what: 'a bundle that is too large, unread',
      attach: async () => attachManifest(image, [{ ...(await bundle()), size: 10_001 }]),
      code: 'BUNDLE_TOO_LARGE',
      reason: /10001 bytes, more than 10000/,
    },
    {
      what: 'an older signature whose bundle becomes too large',
      attach: async () =>
        addOldSignature(store, image, { annotations: { [COSIGN_ANNOTATIONS.signature]: 'AAAA'.repeat(2_500) } }),
      code: 'BUNDLE_TOO_LARGE',
      reason: /more than 10000/,
    },
    {
      what: 'a manifest of megabytes, unread',
      attach: async () => {
        const annotations = { filler: 'x'.repeat(1024 * 1024) };
        const { descriptor, bytes } = sampleReferrer(image, { artifactType: BUNDLE_MEDIA_TYPE, annotations });
        await store.push(descriptor, [bytes]);
      },
      code: 'BUNDLE_TOO_LARGE',
      reason: /its manifest has/,
    },
    {
      what: 'an index in place of a manifest',
      attach: async () => {
        const { descriptor, bytes } = sampleReferrerIndex(image, [], { artifactType: BUNDLE_MEDIA_TYPE });
        await store.push(descriptor, [bytes]);
      },
      code: 'BUNDLE_INVALID',
      reason: /no image manifest/,
    },
    {
      what: 'a manifest without layer',
      attach: async () => attachManifest(image, []),
      code: 'BUNDLE_INVALID',
      reason: /found 0 layers/,
    },
    {
      what: 'a manifest with two bundles, which cosign does not read',
      attach: async () => attachManifest(image, [await bundle('{"a":1}'), await bundle('{"b":1}')]),
      code: 'BUNDLE_INVALID',
      reason: /found 2 layers/,
    },
    {
      what: 'a layer that is no bundle',
      attach: async () => attachManifest(image, [sampleBlob(10).descriptor]),
      code: 'BUNDLE_INVALID',
      reason: /expected one layer/,
    },
    {
      what: 'a bundle that the registry lost or hides',
      attach: async () => attachManifest(image, [describeContent(BUNDLE_MEDIA_TYPE, Uint8Array.of(9))]),
      code: 'BUNDLE_INVALID',
      reason: /does not have it/,
    },
    {
      what: 'a layer of another size than its manifest says',
      attach: async () => attachManifest(image, [{ ...(await bundle()), size: 3 }]),
      code: 'BUNDLE_INVALID',
      reason: /expected 3 bytes/,
    },
    {
      what: 'a bundle that is no text',
      attach: async () => attachManifest(image, [await pushBlob(BUNDLE_MEDIA_TYPE, Uint8Array.of(0xff))]),
      code: 'BUNDLE_INVALID',
      reason: /UTF-8/,
    },
    {
      what: 'a payload about another image, under this one’s tag',
      attach: async () => old(formatSimpleSigning(digestOf(Uint8Array.of(9)), 'registry.test/db')),
      code: 'ARTIFACT_MISMATCH',
      reason: /the payload names sha256:/,
    },
    { what: 'a payload that is none', attach: async () => old('[]'), code: 'BUNDLE_INVALID', reason: /payload/ },
    {
      what: 'an envelope that is none',
      attach: async () => old('{}', ENVELOPE),
      code: 'BUNDLE_INVALID',
      reason: /envelope/,
    },
    {
      what: 'a layer of another kind in a list of signatures',
      attach: async () => old('{}', 'text/plain'),
      code: 'BUNDLE_INVALID',
      reason: /text\/plain, no signature/,
    },
    {
      what: 'a signature without signature',
      attach: async () => addOldSignature(store, image, { annotations: {} }),
      code: 'BUNDLE_INVALID',
      reason: /no base64/,
    },
    {
      what: 'a list under the tag that is an index',
      attach: async () => {
        const { tag } = await addOldSignature(store, image);
        const { descriptor, bytes } = sampleReferrerIndex(await pushImage(store, 'b'), []);
        await store.push(descriptor, [bytes]);
        await store.tag(descriptor, tag);
      },
      code: 'BUNDLE_INVALID',
      reason: /no image manifest/,
    },
  ])('$what', async ({ attach, code, reason }) => {
    await attach();
    const { bundles, passedOver } = await discoverBundles(image, store, LIMITS);
    expect(bundles).toEqual([]);
    expect(passedOver).toEqual([
      {
        source: expect.stringMatching(/^(referrer|tag) sha256/) as string,
        code,
        reason: expect.stringMatching(reason) as string,
      },
    ]);
  });

  it.each([
    { what: 'is about another', about: true, reason: /is about sha256:/ },
    { what: 'is about nothing', about: false, reason: /is about nothing/ },
  ])('a manifest that a list names and that $what: whoever may push writes that list', async ({ about, reason }) => {
    const other = await pushImage(store, 'b');
    const layer = await bundle();
    const manifest = sampleReferrer(other, { artifactType: BUNDLE_MEDIA_TYPE, layers: [layer] });
    const { subject: _subject, ...bare } = JSON.parse(Buffer.from(manifest.bytes).toString()) as Record<
      string,
      unknown
    >;
    const bytes = about ? manifest.bytes : new TextEncoder().encode(JSON.stringify(bare));
    const descriptor = describeContent(MEDIA_TYPES.ociManifest, bytes);
    await store.push(descriptor, [bytes]);
    const lying = listing({ ...descriptor, artifactType: BUNDLE_MEDIA_TYPE });
    const { bundles, passedOver } = await discoverBundles(image, lying, LIMITS);
    expect(bundles).toEqual([]);
    expect(passedOver).toMatchObject([{ code: 'ARTIFACT_MISMATCH', reason: expect.stringMatching(reason) as string }]);
  });

  it('a manifest that says of itself that it is something else than the list says', async () => {
    const report = await attachManifest(image, [], 'application/vnd.cyclonedx+json');
    const lying = listing({ ...report, artifactType: BUNDLE_MEDIA_TYPE });
    const { passedOver } = await discoverBundles(image, lying, LIMITS);
    expect(passedOver).toMatchObject([{ code: 'BUNDLE_INVALID' }]);
  });

  it('a manifest that is none, though its bytes are right', async () => {
    const bytes = new TextEncoder().encode('{"schemaVersion":1}');
    const descriptor = { ...describeContent(MEDIA_TYPES.ociManifest, bytes), artifactType: BUNDLE_MEDIA_TYPE };
    await store.push({ ...descriptor, mediaType: 'application/octet-stream' }, [bytes]);
    const { passedOver } = await discoverBundles(image, listing(descriptor), LIMITS);
    expect(passedOver).toMatchObject([{ source: `referrer ${descriptor.digest}`, code: 'BUNDLE_INVALID' }]);
  });

  function listing(...referrers: readonly Descriptor[]): MemoryContentStore {
    return {
      ...store,
      async *referrers() {
        yield* referrers;
      },
    };
  }
});
