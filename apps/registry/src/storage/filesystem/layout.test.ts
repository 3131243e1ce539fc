import {
  digestOf,
  parseRepositoryName,
  parseTag,
  type Digest,
  type RepositoryName,
  type Tag,
} from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLayout, isUploadId, referrerDigest } from './layout.ts';
import { APP, LATEST } from '../../../test/filesystem/samples.ts';

const ID = '9f1b2c3d-4e5f-4a6b-8c7d-0123456789ab';
const layout = createLayout('/srv');
const digest = digestOf(Uint8Array.of(1));
const [algorithm, hex] = digest.split(':') as [string, string];
const wide = digestOf(Uint8Array.of(2), 'sha512');

describe('createLayout', () => {
  it.each([
    { what: 'a blob', path: layout.blob(digest), expected: `blobs/${algorithm}/${hex.slice(0, 2)}/${hex}` },
    { what: 'a layer', path: layout.layer(APP, digest), expected: `repositories/team/app/_layers/sha256/${hex}/link` },
    {
      what: 'a revision',
      path: layout.revision(APP, digest),
      expected: `repositories/team/app/_manifests/revisions/sha256/${hex}`,
    },
    { what: 'a tag', path: layout.tag(APP, LATEST), expected: 'repositories/team/app/_manifests/tags/latest' },
    {
      what: 'a referrer of another algorithm than its subject',
      path: layout.referrer(APP, digest, wide),
      expected: `repositories/team/app/_referrers/sha256/${hex}/${wide.replace(':', '-')}`,
    },
    { what: 'the bytes of an upload', path: layout.upload(ID).data, expected: `uploads/${ID}/data` },
    { what: 'a staged file', path: layout.staged(ID), expected: `staging/${ID}` },
  ])('puts $what at $expected', ({ path, expected }) => {
    expect(path).toBe(`/srv/${expected}`);
  });

  it.each([
    { text: '..', why: 'the parent folder' },
    { text: '../../etc/passwd', why: 'a path out of the root' },
    { text: '/etc/passwd', why: 'an absolute path' },
    { text: '', why: 'nothing' },
    { text: '.', why: 'the folder itself' },
    { text: 'a\0b', why: 'NUL ends a path in C' },
    { text: 'a/../b', why: 'a parent folder in the middle' },
    { text: '_layers', why: 'one of our own folders' },
    { text: 'a\\..\\b', why: 'separators of another system' },
    { text: 'ä', why: 'letters that file systems write in two ways' },
    { text: `sha256:${'../'.repeat(21)}a`, why: 'a digest of the right length that is none' },
  ])('makes no path from "$text" that only claims to be checked: $why', ({ text }) => {
    const attempts = [
      () => layout.blob(text as Digest),
      () => layout.layer(text as RepositoryName, digest),
      () => layout.layer(APP, text as Digest),
      () => layout.revision(text as RepositoryName, digest),
      () => layout.referrers(APP, text as Digest),
      () => layout.referrer(APP, digest, text as Digest),
      () => layout.tags(text as RepositoryName),
      () => layout.markers(text as RepositoryName),
      () => layout.upload(text),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(TypeError);
    if (parseTag(text) === undefined) expect(() => layout.tag(APP, text as Tag)).toThrow(TypeError);
  });

  it.each([
    { id: ID.toUpperCase(), why: 'a second spelling' },
    { id: `${ID}\n`, why: 'a newline at the end' },
    { id: ID.replace('4a6b', '1a6b'), why: 'another version' },
    { id: ID.replace('8c7d', 'cc7d'), why: 'another variant' },
    { id: ID.slice(1), why: 'too short' },
    { id: `${ID}/../x`, why: 'a path' },
  ])('makes no path from the upload "$id": $why', ({ id }) => {
    expect(() => layout.upload(id)).toThrow(TypeError);
    expect(() => layout.staged(id)).toThrow(TypeError);
    expect(isUploadId(id)).toBe(false);
  });

  it('takes the ids that the platform makes', () => {
    expect(isUploadId(crypto.randomUUID())).toBe(true);
  });

  it('never leaves the root, whatever the text', () => {
    const character = fc.constantFrom('.', '/', '\\', '_', '-', ':', 'a', 'Z', '0', '\0', '\n', '%', 'ä');
    const anything = fc.oneof(
      fc.array(character, { maxLength: 12 }).map((characters) => characters.join('')),
      fc.constantFrom(digest, wide, ID, 'a/b', 'latest'),
    );
    const isInside = (path: string): boolean => {
      const parts = path.split('/');
      return path.startsWith('/srv/') && !parts.includes('..') && !parts.includes('.') && !path.includes('\0');
    };
    const isSafe = (make: () => string): boolean => {
      try {
        return isInside(make());
      } catch (thrown) {
        return thrown instanceof TypeError;
      }
    };
    const property = fc.property(
      anything,
      anything,
      (a, b) =>
        isSafe(() => layout.blob(a as Digest)) &&
        isSafe(() => layout.layer(a as RepositoryName, b as Digest)) &&
        isSafe(() => layout.tag(a as RepositoryName, b as Tag)) &&
        isSafe(() => layout.referrer(APP, a as Digest, b as Digest)) &&
        isSafe(() => layout.upload(a).data),
    );
    expect(() => fc.assert(property)).not.toThrow();
  });

  it('keeps names that are valid apart: no two of them share a path', () => {
    const names = ['a', 'a/b', 'a-b', 'a.b', 'a__b', 'a0'].map(parseRepositoryName) as RepositoryName[];
    const paths = names.flatMap((name) => [
      layout.layer(name, digest),
      layout.revision(name, digest),
      layout.tags(name),
    ]);
    expect(new Set(paths).size).toBe(paths.length);
  });
});

describe('referrerDigest', () => {
  it.each([digest, wide])('reads %s back from its entry', (each) => {
    expect(referrerDigest(layout.referrer(APP, digest, each).split('/').at(-1) ?? '')).toBe(each);
  });

  it.each(['.nfs0001', 'sha256-ff', 'sha256', ''])('passes over "%s", which others left there', (entry) => {
    expect(referrerDigest(entry)).toBeUndefined();
  });
});
