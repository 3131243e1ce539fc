import { expect, it } from 'vitest';
import { parseStorePlace } from './store-place.ts';

it.each([
  { text: 'ghcr.io/acme/db', kind: 'registry', place: 'ghcr.io/acme/db', why: 'a host has a dot' },
  { text: 'localhost:5000/db', kind: 'registry', place: 'localhost:5000/db', why: 'a port' },
  { text: 'localhost/db', kind: 'registry', place: 'localhost/db', why: 'the one host without either' },
  { text: '[::1]:5000/db', kind: 'registry', place: '[::1]:5000/db', why: 'an IPv6 address' },
  { text: 'docker.io/acme/db', kind: 'registry', place: 'docker.io/acme/db', why: 'Docker Hub, named' },
  { text: 'oci://ghcr.io/acme/db/', kind: 'registry', place: 'ghcr.io/acme/db', why: 'it says so' },
  { text: 'releases', kind: 'folder', place: 'releases', why: 'a word' },
  { text: 'acme/db', kind: 'folder', place: 'acme/db', why: 'no host: nobody means Docker Hub by a path' },
  { text: 'Releases/db', kind: 'folder', place: 'Releases/db', why: 'capitals alone make no host' },
  { text: './ghcr.io/acme', kind: 'folder', place: './ghcr.io/acme', why: 'it begins with a dot' },
  { text: '../releases.d/x', kind: 'folder', place: '../releases.d/x', why: 'the same' },
  { text: '/srv/a.b/c', kind: 'folder', place: '/srv/a.b/c', why: 'absolute' },
  { text: '~/a.b/c', kind: 'folder', place: '~/a.b/c', why: 'the home folder' },
  { text: 'C:\\releases\\x', kind: 'folder', place: 'C:\\releases\\x', why: 'a drive is no host with a port' },
  { text: 'C:/releases', kind: 'folder', place: 'C:/releases', why: 'the same' },
  { text: '.squizzle/store', kind: 'folder', place: '.squizzle/store', why: 'the default' },
  { text: 'file:ghcr.io/acme', kind: 'folder', place: 'ghcr.io/acme', why: 'it says so' },
  { text: 'file:///srv/x', kind: 'folder', place: '/srv/x', why: 'a file URL' },
])('$text is a $kind: $why', ({ text, kind, place }) => {
  const parsed = parseStorePlace(text);
  if (!parsed.ok) throw new TypeError(parsed.expected);
  const found = parsed.place;
  expect(found.kind).toBe(kind);
  expect(found.kind === 'folder' ? found.path : `${found.registry}/${found.repository}`).toBe(place);
});

it.each([
  { text: '', says: 'a folder, as ./releases', why: 'nothing' },
  { text: 'ghcr.io/Acme/db', says: 'in lower case', why: 'registries refuse it' },
  { text: 'releases.d/My Files', says: 'written with ./ before it', why: 'a folder that looks like a host' },
  { text: 'ghcr.io/acme/db:v1', says: 'without tag or digest', why: 'a tag' },
  { text: 'oci://ghcr.io', says: 'a registry and a repository in it', why: 'a registry alone' },
  { text: 'oci://acme/db', says: 'a registry and a repository in it', why: 'Docker Hub is named, never assumed' },
  { text: 'https://ghcr.io/acme/db', says: 'only oci:// and file:', why: 'another scheme' },
  { text: 'user:secret@ghcr.io/acme/db', says: 'a registry and a repository', why: 'a password has no place here' },
])('refuses "$text": $why', ({ text, says }) => {
  const parsed = parseStorePlace(text);
  expect(parsed).toMatchObject({ ok: false, expected: expect.stringContaining(says) as string });
  expect(JSON.stringify(parsed)).not.toContain('secret');
});
