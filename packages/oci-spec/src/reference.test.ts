import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { digestOf } from './digest.ts';
import { familiarReference, formatReference, parseReference, withDefaultTag, type Reference } from './reference.ts';

const DIGEST = digestOf(Uint8Array.of(1));
const SHA512 = digestOf(Uint8Array.of(1), 'sha512');

/** Any character, cheaper to make than fast-check's own: no tables to build first. */
const unit = fc
  .oneof(fc.nat(0x7f), fc.integer({ min: 0x80, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((point) => String.fromCodePoint(point));

/** Parses what a test knows to be a reference. */
function referenceOf(text: string): Reference {
  const reference = parseReference(text);
  if (reference === undefined) throw new TypeError(`not a reference: ${text}`);
  return reference;
}

describe('parseReference', () => {
  it.each([
    { text: 'ubuntu', full: 'docker.io/library/ubuntu', why: 'an official image' },
    { text: 'ubuntu:24.04', full: 'docker.io/library/ubuntu:24.04', why: 'with a tag' },
    { text: 'docker.io/ubuntu', full: 'docker.io/library/ubuntu', why: 'the host said aloud' },
    { text: 'index.docker.io/ubuntu', full: 'docker.io/library/ubuntu', why: 'the old host' },
    { text: 'team/app', full: 'docker.io/team/app', why: 'a user on Docker Hub' },
    { text: 'library/a/b', full: 'docker.io/library/a/b', why: 'deeper than an official image' },
    { text: 'localhost/app', full: 'localhost/app', why: 'localhost is a host' },
    { text: 'localhost', full: 'docker.io/library/localhost', why: 'without a slash there is no host' },
    { text: 'test.com:5000', full: 'docker.io/library/test.com:5000', why: 'so this is a tag, not a port' },
    { text: 'test:5000/repo', full: 'test:5000/repo', why: 'and this a port' },
    { text: 'test:5000/repo:5050', full: 'test:5000/repo:5050', why: 'a port and a tag' },
    { text: 'ghcr.io/a/b/c:v1', full: 'ghcr.io/a/b/c:v1', why: 'a deep repository' },
    { text: 'Foo/bar', full: 'Foo/bar', why: 'uppercase before the slash is a host' },
    { text: 'ghcr.io/a:Upper', full: 'ghcr.io/a:Upper', why: 'tags may be uppercase' },
    { text: '[::1]:5000/repo:tag', full: '[::1]:5000/repo:tag', why: 'IPv6 with a port' },
    { text: '[2001:db8::1]/repo', full: '[2001:db8::1]/repo', why: 'IPv6 without one' },
    { text: `a@${DIGEST}`, full: `docker.io/library/a@${DIGEST}`, why: 'a digest' },
    { text: `ghcr.io/a:v1@${DIGEST}`, full: `ghcr.io/a:v1@${DIGEST}`, why: 'a tag and a digest, both kept' },
    { text: `ghcr.io/a@${SHA512}`, full: `ghcr.io/a@${SHA512}`, why: 'sha512' },
    { text: `ghcr.io/${'a'.repeat(255)}`, full: `ghcr.io/${'a'.repeat(255)}`, why: 'the host does not count' },
    { text: `ghcr.io/${'1a'.repeat(32)}`, full: `ghcr.io/${'1a'.repeat(32)}`, why: 'hex is a name after a host' },
  ])('reads $text as $full: $why', ({ text, full }) => {
    expect(formatReference(referenceOf(text))).toBe(full);
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: ':tag', why: 'no name' },
    { text: `@${DIGEST}`, why: 'no name before the digest' },
    { text: DIGEST, why: 'a digest alone is no image called sha256' },
    { text: '1a'.repeat(32), why: 'an image id, not a name' },
    { text: 'Uppercase', why: 'names are lowercase' },
    { text: 'docker/Docker', why: 'the whole name is' },
    { text: 'https://github.com/a/b', why: 'a URL' },
    { text: 'ghcr.io/', why: 'no name after the host' },
    { text: 'ghcr.io//a', why: 'an empty part' },
    { text: '/a', why: 'an empty host' },
    { text: 'a:', why: 'an empty tag' },
    { text: 'a@', why: 'an empty digest' },
    { text: 'a:b:c', why: 'two tags' },
    { text: `a@${DIGEST}@${DIGEST}`, why: 'two digests' },
    { text: `a@${DIGEST}:tag`, why: 'the tag comes first' },
    { text: 'a@sha256:ff', why: 'a short digest' },
    { text: `a@md5:${'f'.repeat(32)}`, why: 'an algorithm that cannot be verified' },
    { text: 'fc00::1:5000/debian', why: 'IPv6 without brackets' },
    { text: '[fe80::1%eth0]:5000/a', why: 'an IPv6 zone' },
    { text: 'ghcr.io:99999/a', why: 'no such port' },
    { text: '-docker.io/a', why: 'no such host' },
    { text: 'a b', why: 'white space' },
    { text: 'a\n', why: 'a newline at the end' },
    { text: 'user:secret@ghcr.io/a', why: 'credentials' },
    { text: `ghcr.io/${'a'.repeat(256)}`, why: 'a name too long' },
    { text: 'ghcr.io/../a', why: 'a parent folder' },
  ])('refuses "$text": $why', ({ text }) => {
    expect(parseReference(text)).toBeUndefined();
  });

  it('has no member for what was not said', () => {
    expect(Object.keys(referenceOf('ghcr.io/a'))).toEqual(['registry', 'repository']);
  });
});

describe('familiarReference', () => {
  it.each([
    { full: 'docker.io/library/ubuntu:24.04', short: 'ubuntu:24.04', why: 'an official image' },
    { full: 'docker.io/team/app', short: 'team/app', why: 'a user of Docker Hub' },
    { full: 'docker.io/library/a/b', short: 'library/a/b', why: 'a/b would be another repository' },
    { full: 'ghcr.io/a', short: 'ghcr.io/a', why: 'other hosts are always said' },
    { full: 'docker.io/a.b/c', short: 'docker.io/a.b/c', why: 'a.b would be read as a host' },
    { full: 'docker.io/localhost/c', short: 'docker.io/localhost/c', why: 'so would localhost' },
    {
      full: `docker.io/library/${'1a'.repeat(32)}`,
      short: `library/${'1a'.repeat(32)}`,
      why: 'alone it would be an image id',
    },
  ])('shows $full as $short: $why', ({ full, short }) => {
    expect(familiarReference(referenceOf(full))).toBe(short);
    expect(formatReference(referenceOf(short))).toBe(full);
  });
});

describe('withDefaultTag', () => {
  it.each([
    { text: 'ghcr.io/a', expected: 'ghcr.io/a:latest', why: 'neither tag nor digest' },
    { text: 'ghcr.io/a:v1', expected: 'ghcr.io/a:v1', why: 'a tag' },
    { text: `ghcr.io/a@${DIGEST}`, expected: `ghcr.io/a@${DIGEST}`, why: 'a digest needs no tag' },
  ])('makes $text $expected: $why', ({ text, expected }) => {
    expect(formatReference(withDefaultTag(referenceOf(text)))).toBe(expected);
  });
});

describe('any reference', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:[._-][a-z0-9]{1,4}){0,2}$/);
  const host = fc.oneof(
    fc.stringMatching(/^[a-z0-9]{1,8}\.[a-z]{2,4}(?::[1-9][0-9]{0,3})?$/),
    fc.stringMatching(/^\[[0-9a-f]{1,4}::[0-9a-f]{1,4}\](?::[1-9][0-9]{0,3})?$/),
    fc.constantFrom('localhost', 'docker.io', 'index.docker.io', 'Host'),
  );
  const references = fc
    .record({
      host,
      name: fc.array(part, { minLength: 1, maxLength: 4 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/)),
      digest: fc.option(fc.uint8Array().map((bytes) => digestOf(bytes))),
    })
    .map(({ host: at, name, tag, digest }) =>
      [`${at}/${name.join('/')}`, tag === null ? '' : `:${tag}`, digest === null ? '' : `@${digest}`].join(''),
    );

  it('is the same after formatting, in full or short, and parsing again', () => {
    fc.assert(
      fc.property(references, (text) => {
        const reference = referenceOf(text);
        expect(parseReference(formatReference(reference))).toEqual(reference);
        expect(parseReference(familiarReference(reference))).toEqual(reference);
        expect(familiarReference(reference).length).toBeLessThanOrEqual(formatReference(reference).length);
      }),
    );
  });

  it('never makes the parser throw, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const reference = parseReference(text);
        expect(reference === undefined || parseReference(formatReference(reference)) !== undefined).toBe(true);
      }),
    );
  });
});
