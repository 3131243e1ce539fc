import { describe, expect, it } from 'vitest';

import { isContentError } from './content-error.ts';
import { describeContent, EMPTY_DESCRIPTOR } from './descriptor.ts';
import { parseImageIndex } from './image-index.ts';
import { parseImageManifest } from './image-manifest.ts';
import { LIMITS } from './limits.ts';
import { artifactTypeOf, contentsOf, parseManifest } from './manifest.ts';
import { MEDIA_TYPES } from './media-type.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const config = describeContent(MEDIA_TYPES.ociConfig, Uint8Array.of(1));
const layer = describeContent(MEDIA_TYPES.ociLayerTarGzip, Uint8Array.of(2));
const child = describeContent(MEDIA_TYPES.ociManifest, Uint8Array.of(3), {
  platform: { architecture: 'amd64', os: 'linux' },
});
const image = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [child] };

/** The document without one member. */
function without(document: object, name: string): object {
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== name));
}

describe('parseImageManifest', () => {
  it.each([
    { document: image, expected: image, why: 'an image' },
    { document: without(image, 'mediaType'), expected: image, why: 'media type not said: the expected one' },
    { document: { ...image, layers: [] }, expected: { ...image, layers: [] }, why: 'no layers' },
    { document: { ...image, layers: null }, expected: { ...image, layers: [] }, why: "Go's empty list" },
    { document: { ...image, subject: child }, expected: { ...image, subject: child }, why: 'a referrer' },
    { document: { ...image, subject: null, annotations: null }, expected: image, why: 'null is absence' },
    { document: { ...image, future: [{}], Layers: 1 }, expected: image, why: 'unknown members' },
    {
      document: { ...image, annotations: { a: 'b' }, artifactType: 'x/y' },
      expected: { ...image, annotations: { a: 'b' }, artifactType: 'x/y' },
      why: 'annotations and an artifact type nobody knows',
    },
    {
      document: { ...image, config: EMPTY_DESCRIPTOR },
      expected: { ...image, config: EMPTY_DESCRIPTOR },
      why: 'an empty config without artifact type: writers must, readers bear it',
    },
    {
      document: { ...image, layers: [{ ...layer, mediaType: 'x/unknown' }] },
      expected: { ...image, layers: [{ ...layer, mediaType: 'x/unknown' }] },
      why: 'a layer of a type nobody knows',
    },
  ])('reads $why', ({ document, expected }) => {
    expect(parseImageManifest(encode(document))).toStrictEqual(expected);
  });

  it.each([
    { document: [], path: '$', why: 'an array' },
    { document: { ...image, schemaVersion: 1 }, path: '$.schemaVersion', why: "Docker's first schema" },
    { document: { ...image, schemaVersion: '2' }, path: '$.schemaVersion', why: 'a version in quotes' },
    { document: without(image, 'schemaVersion'), path: '$.schemaVersion', why: 'no version' },
    { document: { ...image, mediaType: MEDIA_TYPES.ociIndex }, path: '$.mediaType', why: 'it says it is an index' },
    { document: { ...image, mediaType: MEDIA_TYPES.dockerManifest }, path: '$.mediaType', why: 'it says it is Docker' },
    { document: { ...image, mediaType: '' }, path: '$.mediaType', why: 'it says nothing aloud' },
    { document: { ...image, mediaType: null }, path: '$.mediaType', why: 'it says null' },
    { document: { ...image, manifests: [child] }, path: '$.manifests', why: 'both kinds (CVE-2021-41190)' },
    { document: { ...image, manifests: [] }, path: '$.manifests', why: 'both kinds, one empty' },
    { document: { ...image, manifests: null }, path: '$.manifests', why: 'both kinds, one null' },
    { document: without(image, 'config'), path: '$.config', why: 'no config' },
    { document: without(image, 'layers'), path: '$.layers', why: 'no layers at all' },
    { document: { ...image, layers: {} }, path: '$.layers', why: 'layers that are no list' },
    { document: { ...image, config: { ...config, size: -1 } }, path: '$.config.size', why: 'a bad config' },
    {
      document: { ...image, layers: [layer, { ...layer, digest: 'x' }] },
      path: '$.layers[1].digest',
      why: 'a bad second layer',
    },
    { document: { ...image, layers: [null] }, path: '$.layers[0]', why: 'a layer of null' },
    { document: { ...image, subject: {} }, path: '$.subject.mediaType', why: 'a bad subject' },
    { document: { ...image, annotations: { a: 1 } }, path: '$.annotations.a', why: 'a bad annotation' },
    { document: { ...image, artifactType: 'x' }, path: '$.artifactType', why: 'a bad artifact type' },
  ])('refuses $why, at $path', ({ document, path }) => {
    expect(() => parseImageManifest(encode(document))).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        details: expect.objectContaining({ document: 'image manifest', path }) as unknown,
      }),
    );
  });

  it('says where, what was expected and what was found', () => {
    const bad = { ...image, layers: [layer, { ...layer, digest: 'sha256:FF' }] };
    expect(() => parseImageManifest(encode(bad))).toThrow(
      'image manifest: $.layers[1].digest: expected a sha256 or sha512 digest in lowercase hex, found "sha256:FF"',
    );
    expect(() => parseImageManifest(encode(without(image, 'config')))).toThrow(
      'image manifest: $.config: expected an object, found nothing',
    );
  });

  it('refuses more layers than any image has', () => {
    const small = { mediaType: 'a/b', digest: layer.digest, size: 1 };
    const layers = (count: number): Uint8Array =>
      encode({ ...image, layers: Array.from({ length: count }, () => small) });
    expect(parseImageManifest(layers(LIMITS.descriptors)).layers).toHaveLength(LIMITS.descriptors);
    expect(() => parseImageManifest(layers(LIMITS.descriptors + 1))).toThrow('found an array of 10001');
  });

  it('refuses more than 4 MiB', () => {
    expect(() => parseImageManifest(new Uint8Array(LIMITS.manifestBytes + 1))).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });
});

describe('parseImageIndex', () => {
  it.each([
    { document: index, expected: index, why: 'an index' },
    { document: without(index, 'mediaType'), expected: index, why: 'media type not said' },
    { document: { ...index, manifests: [] }, expected: { ...index, manifests: [] }, why: 'no referrers' },
    { document: { ...index, manifests: null }, expected: { ...index, manifests: [] }, why: "Go's empty list" },
    {
      document: { ...index, subject: child, annotations: { a: 'b' }, artifactType: 'x/y' },
      expected: { ...index, subject: child, annotations: { a: 'b' }, artifactType: 'x/y' },
      why: 'an index that refers to something',
    },
  ])('reads $why', ({ document, expected }) => {
    expect(parseImageIndex(encode(document))).toStrictEqual(expected);
  });

  it.each([
    { document: { ...index, layers: [] }, path: '$.layers', why: 'both kinds (CVE-2021-41190)' },
    { document: without(index, 'manifests'), path: '$.manifests', why: 'no list' },
    { document: { ...index, mediaType: MEDIA_TYPES.ociManifest }, path: '$.mediaType', why: 'it says it is an image' },
    { document: { ...index, schemaVersion: 3 }, path: '$.schemaVersion', why: 'a version to come' },
    { document: { ...index, manifests: [{ ...child, size: null }] }, path: '$.manifests[0].size', why: 'a bad entry' },
  ])('refuses $why, at $path', ({ document, path }) => {
    expect(() => parseImageIndex(encode(document))).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ document: 'image index', path }) as unknown }),
    );
  });
});

describe('parseManifest', () => {
  it.each([
    { mediaType: MEDIA_TYPES.ociManifest, document: image, kind: 'image', contents: [config, layer] },
    { mediaType: MEDIA_TYPES.dockerManifest, document: image, kind: 'image', contents: [config, layer] },
    { mediaType: MEDIA_TYPES.ociIndex, document: index, kind: 'index', contents: [child] },
    { mediaType: MEDIA_TYPES.dockerManifestList, document: index, kind: 'index', contents: [child] },
  ])('reads $mediaType as an $kind and lists its contents', ({ mediaType, document, kind, contents }) => {
    const manifest = parseManifest(encode({ ...document, mediaType, subject: child }), mediaType);
    expect(manifest.kind).toBe(kind);
    expect(contentsOf(manifest)).toEqual(contents);
  });

  it.each([
    { mediaType: MEDIA_TYPES.ociIndex, document: image, why: 'the media type decides, not the content' },
    { mediaType: MEDIA_TYPES.ociManifest, document: index, why: 'the media type decides, not the content' },
    { mediaType: MEDIA_TYPES.ociConfig, document: image, why: 'no manifest' },
    { mediaType: `${MEDIA_TYPES.ociManifest}; charset=utf-8`, document: image, why: 'parameters are to be removed' },
    { mediaType: '', document: image, why: 'unknown' },
  ])('refuses "$mediaType": $why', ({ mediaType, document }) => {
    let thrown: unknown;
    try {
      parseManifest(encode(document), mediaType);
    } catch (error) {
      thrown = error;
    }
    expect(isContentError(thrown, 'MANIFEST_INVALID')).toBe(true);
  });
});

describe('artifactTypeOf', () => {
  it.each([
    { document: image, expected: MEDIA_TYPES.ociConfig, why: 'an image falls back to its config' },
    { document: { ...image, artifactType: 'x/y' }, expected: 'x/y', why: 'its own comes first' },
    { document: { ...image, artifactType: '' }, expected: MEDIA_TYPES.ociConfig, why: 'empty is missing' },
    { document: index, expected: undefined, why: 'an index has nothing to fall back to' },
    { document: { ...index, artifactType: 'x/y' }, expected: 'x/y', why: 'unless it says so' },
  ])('is $expected: $why', ({ document, expected }) => {
    expect(artifactTypeOf(parseManifest(encode(document), document.mediaType))).toBe(expected);
  });
});
