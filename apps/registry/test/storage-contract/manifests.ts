/**
 * The contract of `ManifestStore` for manifests by their digest.
 *
 * @module
 */
import { digestOf, LIMITS, MEDIA_TYPES } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { NewManifest } from '../../src/storage/contracts.ts';
import {
  manifestView,
  sampleBlob,
  sampleManifest,
  tagsOf,
  toRepository,
  toTag,
  toTags,
  viewManifest,
} from './samples.ts';
import type { CurrentFixture } from './store-fixture.ts';

const [own, other] = [toRepository('team/own'), toRepository('team/other')];
const [first, second] = [sampleManifest('first'), sampleManifest('second')];

export function describeManifests(current: CurrentFixture): void {
  describe('manifests', () => {
    itKeepsBytes(current);
    itKeepsMediaTypes(current);
    itKeepsRepositoriesApart(current);
    itDeletes(current);
  });
}

const ofText = (text: string): NewManifest => ofBytes(Buffer.from(text));
const ofBytes = (bytes: Uint8Array): NewManifest => ({
  digest: digestOf(bytes),
  mediaType: MEDIA_TYPES.ociManifest,
  bytes,
});

function itKeepsBytes(current: CurrentFixture): void {
  it.each<{ what: string; manifest: NewManifest; why: string }>([
    { what: 'a manifest', manifest: first, why: 'the usual case' },
    { what: 'one by sha512', manifest: sampleManifest('first', { algorithm: 'sha512' }), why: 'the client chose it' },
    {
      what: 'spaces and line feeds',
      manifest: ofText('{\r\n  "schemaVersion" : 2\t}\n\n'),
      why: 'the digest is of these bytes',
    },
    {
      what: 'members of no known name',
      manifest: ofText('{"schemaVersion":2,"x-vendor":{"ü":[1e400]}}'),
      why: 'they are kept',
    },
    {
      what: 'bytes that are no text',
      manifest: ofBytes(Uint8Array.of(0, 255, 13, 10, 128)),
      why: 'a driver reads nothing',
    },
    { what: '4 MiB', manifest: ofBytes(sampleBlob(LIMITS.manifestBytes, 3).bytes), why: 'as large as manifests get' },
  ])('gives back $what as it was put: $why', async ({ manifest }) => {
    const { manifests } = current().store;
    expect(await manifests.has(own, manifest.digest)).toBe(false);
    expect(await manifests.get(own, manifest.digest)).toBeUndefined();
    await manifests.put(own, manifest);
    expect(await manifests.has(own, manifest.digest)).toBe(true);
    expect(await viewManifest(current().store, own, manifest.digest)).toEqual(manifestView(manifest));
  });

  it('keeps what was put when its buffer is filled anew afterwards, as pooled ones are', async () => {
    const { store } = current();
    const buffer = Uint8Array.from(first.bytes);
    await store.manifests.put(own, { ...first, bytes: buffer }, { tags: toTags('v1') });
    buffer.fill(0);
    expect(await viewManifest(store, own, first.digest)).toEqual(manifestView(first));
  });

  it('takes the same manifest again, so that a push can be run again', async () => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('v1') });
    await store.manifests.put(own, first);
    await store.manifests.put(own, first, { tags: toTags('v2') });
    expect(await viewManifest(store, own, first.digest)).toEqual(manifestView(first));
    expect(await tagsOf(store, own)).toEqual({ v1: first.digest, v2: first.digest });
  });
}

function itKeepsMediaTypes(current: CurrentFixture): void {
  it.each([
    { mediaType: MEDIA_TYPES.ociManifest },
    { mediaType: MEDIA_TYPES.ociIndex },
    { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
    { mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json' },
  ])('keeps the media type $mediaType', async ({ mediaType }) => {
    const { store } = current();
    await store.manifests.put(own, { ...first, mediaType });
    expect(await viewManifest(store, own, first.digest)).toEqual(manifestView({ ...first, mediaType }));
  });

  it('keeps a media type for each repository, because the bytes alone do not decide it', async () => {
    const { manifests } = current().store;
    await manifests.put(own, { ...first, mediaType: MEDIA_TYPES.ociIndex });
    await manifests.put(other, first);
    expect(await manifests.get(own, first.digest)).toMatchObject({ mediaType: MEDIA_TYPES.ociIndex });
    expect(await manifests.get(other, first.digest)).toMatchObject({ mediaType: MEDIA_TYPES.ociManifest });
  });
}

function itKeepsRepositoriesApart(current: CurrentFixture): void {
  it.each([
    { repository: other, why: 'stored is not readable' },
    { repository: toRepository('team'), why: 'names do not nest upwards' },
    { repository: toRepository('team/own/sub'), why: 'names do not nest downwards' },
    { repository: toRepository('team/own-2'), why: 'a name that begins alike is another name' },
  ])('shows nothing of a manifest in $repository: $why', async ({ repository }) => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('v1') });
    expect(await store.manifests.get(repository, first.digest)).toBeUndefined();
    expect(await store.manifests.has(repository, first.digest)).toBe(false);
    expect(await store.manifests.resolve(repository, toTag('v1'))).toBeUndefined();
    expect(await store.manifests.delete(repository, first.digest)).toBe(false);
    expect(await store.manifests.untag(repository, toTag('v1'))).toBe(false);
    expect(await tagsOf(store, own)).toEqual({ v1: first.digest });
  });
}

function itDeletes(current: CurrentFixture): void {
  it('deletes a manifest with every tag of it, and with no other', async () => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('v1', 'latest', 'V1') });
    await store.manifests.put(own, second, { tags: toTags('v2', 'latest') });
    expect(await store.manifests.delete(own, first.digest)).toBe(true);
    expect(await store.manifests.get(own, first.digest)).toBeUndefined();
    expect(await store.manifests.resolve(own, toTag('v1'))).toBeUndefined();
    expect(await tagsOf(store, own)).toEqual({ latest: second.digest, v2: second.digest });
    expect(await viewManifest(store, own, second.digest)).toEqual(manifestView(second));
  });

  it('deletes a manifest once', async () => {
    const { store } = current();
    expect(await store.manifests.delete(own, first.digest)).toBe(false);
    await store.manifests.put(own, first);
    expect(await store.manifests.delete(own, first.digest)).toBe(true);
    expect(await store.manifests.delete(own, first.digest)).toBe(false);
    expect(await store.manifests.has(own, first.digest)).toBe(false);
  });

  it('deletes it from one repository, not from the other', async () => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('v1') });
    await store.manifests.put(other, first, { tags: toTags('v1') });
    await store.manifests.delete(own, first.digest);
    expect(await tagsOf(store, own)).toEqual({});
    expect(await tagsOf(store, other)).toEqual({ v1: first.digest });
    expect(await viewManifest(store, other, first.digest)).toEqual(manifestView(first));
  });

  it('takes it again, without the tags it had', async () => {
    const { store } = current();
    await store.manifests.put(own, first, { tags: toTags('v1') });
    await store.manifests.delete(own, first.digest);
    await store.manifests.put(own, first);
    expect(await viewManifest(store, own, first.digest)).toEqual(manifestView(first));
    expect(await store.manifests.resolve(own, toTag('v1'))).toBeUndefined();
    expect(await tagsOf(store, own)).toEqual({});
    await store.manifests.put(own, first, { tags: toTags('v1') });
    expect(await tagsOf(store, own)).toEqual({ v1: first.digest });
  });
}
