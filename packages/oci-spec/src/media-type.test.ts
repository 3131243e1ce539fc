import { describe, expect, it } from 'vitest';

import {
  isImageManifestMediaType,
  isIndexMediaType,
  isManifestMediaType,
  isMediaType,
  isParameterizedMediaType,
  MEDIA_TYPES,
} from './media-type.ts';

describe('isMediaType', () => {
  it.each([
    { text: 'application/json', expected: true, why: 'ordinary' },
    { text: 'application/vnd.example.thing.v1+json', expected: true, why: 'vendor tree and suffix' },
    { text: `${'a'.repeat(127)}/${'b'.repeat(127)}`, expected: true, why: 'the longest' },
    { text: `a/${'b'.repeat(128)}`, expected: false, why: 'one too long' },
    { text: 'json', expected: false, why: 'no slash' },
    { text: 'a/b/c', expected: false, why: 'two slashes' },
    { text: '.a/b', expected: false, why: 'a dot may not begin' },
    { text: 'text/plain; charset=utf-8', expected: false, why: 'parameters are no part of it' },
    { text: '*/*', expected: false, why: 'a range is no type' },
    { text: 'text/plain\r\nX: y', expected: false, why: 'it could end up in a header' },
    { text: '', expected: false, why: 'nothing' },
  ])('"$text" is $expected: $why', ({ text, expected }) => {
    expect(isMediaType(text)).toBe(expected);
  });

  it.each([
    { text: 'application/vnd.dev.sigstore.bundle+json;version=0.2', expected: true, why: 'as Sigstore wrote it' },
    { text: 'text/plain; charset=utf-8', expected: true, why: 'with a space' },
    { text: 'application/json', expected: true, why: 'none at all' },
    { text: 'text/plain;', expected: false, why: 'a parameter is missing' },
    { text: 'text/plain; charset="utf-8"', expected: false, why: 'nobody quotes them in descriptors' },
    { text: 'text/plain; a=b\r\nX: y', expected: false, why: 'it could end up in a header' },
    { text: `text/plain${';a=b'.repeat(5)}`, expected: false, why: 'more than anybody writes' },
  ])('with parameters "$text" is $expected: $why', ({ text, expected }) => {
    expect(isParameterizedMediaType(text)).toBe(expected);
  });

  it.each(Object.values(MEDIA_TYPES))('knows its own %s', (mediaType) => {
    expect(isMediaType(mediaType)).toBe(true);
  });
});

describe('kinds of manifests', () => {
  it.each([
    { mediaType: MEDIA_TYPES.ociManifest, image: true, index: false },
    { mediaType: MEDIA_TYPES.dockerManifest, image: true, index: false },
    { mediaType: MEDIA_TYPES.ociIndex, image: false, index: true },
    { mediaType: MEDIA_TYPES.dockerManifestList, image: false, index: true },
    { mediaType: MEDIA_TYPES.ociConfig, image: false, index: false },
    { mediaType: MEDIA_TYPES.ociManifest.toUpperCase(), image: false, index: false },
    { mediaType: 'constructor', image: false, index: false },
  ])('$mediaType: image $image, index $index', ({ mediaType, image, index }) => {
    expect(isImageManifestMediaType(mediaType)).toBe(image);
    expect(isIndexMediaType(mediaType)).toBe(index);
    expect(isManifestMediaType(mediaType)).toBe(image || index);
  });
});
