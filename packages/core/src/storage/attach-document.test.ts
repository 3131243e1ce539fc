import { digestOf, EMPTY_DESCRIPTOR, MEDIA_TYPES, parseImageManifest, type Descriptor } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Attachment } from '../contracts/signer.ts';
import { fetchAll, pushImage, tagsOf } from '../testing/content-samples.ts';
import { createMemoryContentStore, type MemoryContentStore } from '../testing/memory-content-store.ts';
import { referrersOf } from '../testing/referrer-samples.ts';
import { attachDocument } from './attach-document.ts';

const ATTACHMENT: Attachment = {
  artifactType: 'application/vnd.test.signature+json',
  mediaType: 'application/vnd.test.document+json',
  content: new TextEncoder().encode('{"signed":true}'),
  annotations: { 'com.example.by': 'ci' },
};

describe('attachDocument', () => {
  let store: MemoryContentStore;
  let image: Descriptor;
  beforeEach(async () => {
    store = createMemoryContentStore();
    image = await pushImage(store, 'a');
  });

  it('makes a referrer with the document as its only layer, which readers can choose without fetching it', async () => {
    const { referrer, document, subject } = await attachDocument(image, ATTACHMENT, store);
    expect(await referrersOf(store, image)).toMatchObject([
      { digest: referrer.digest, artifactType: ATTACHMENT.artifactType, annotations: ATTACHMENT.annotations },
    ]);
    const manifest = parseImageManifest(await fetchAll(store, referrer), MEDIA_TYPES.ociManifest);
    expect(manifest).toMatchObject({ subject, layers: [document], config: EMPTY_DESCRIPTOR });
    expect(await fetchAll(store, document)).toEqual(ATTACHMENT.content);
    expect(await fetchAll(store, EMPTY_DESCRIPTOR)).toEqual(new TextEncoder().encode('{}'));
  });

  it('names the subject by type, digest and size alone: what a list said of it is no part of it', async () => {
    const listed = { ...image, annotations: { 'org.opencontainers.image.ref.name': 'v1.0.0' }, artifactType: 'a/b' };
    const { subject } = await attachDocument(listed, ATTACHMENT, store);
    expect(subject).toEqual({ mediaType: image.mediaType, digest: image.digest, size: image.size });
    expect((await attachDocument(image, ATTACHMENT, store)).subject).toEqual(subject);
  });

  it('makes the same referrer of the same document, so that a pipeline may run again', async () => {
    const first = await attachDocument(image, ATTACHMENT, store);
    expect(await attachDocument(image, ATTACHMENT, store)).toEqual(first);
    expect(await referrersOf(store, image)).toHaveLength(1);
  });

  it('attaches to a manifest that is not here yet, and sets no tag', async () => {
    const elsewhere = createMemoryContentStore('elsewhere');
    const { referrer } = await attachDocument(image, ATTACHMENT, elsewhere);
    expect(await referrersOf(elsewhere, image)).toMatchObject([{ digest: referrer.digest }]);
    expect(await tagsOf(elsewhere)).toEqual([]);
  });

  it('leaves nothing that is attached when it is cut off before the end', async () => {
    const fault = new RangeError('cut off by the test');
    const pushed: string[] = [];
    const failing: MemoryContentStore = {
      ...store,
      push: async (descriptor, content) => {
        pushed.push(descriptor.mediaType);
        if (descriptor.mediaType === MEDIA_TYPES.ociManifest) throw fault;
        return store.push(descriptor, content);
      },
    };
    await expect(attachDocument(image, ATTACHMENT, failing)).rejects.toBe(fault);
    expect(pushed.at(-1)).toBe(MEDIA_TYPES.ociManifest);
    expect(await referrersOf(store, image)).toEqual([]);
    expect(await store.has({ ...image, digest: digestOf(ATTACHMENT.content), size: 15 })).toBe(true);
  });

  it('does not start when already aborted', async () => {
    const reason = new RangeError('stopped by the test');
    const signal = AbortSignal.abort(reason);
    await expect(attachDocument(image, ATTACHMENT, store, { signal })).rejects.toBe(reason);
    expect(await referrersOf(store, image)).toEqual([]);
  });
});
