/**
 * `/v2/`, the names of repositories and tags, and how HTTP itself is spoken.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf } from './client.ts';
import { newBlob, unknownDigest } from './content.ts';
import { expectPullable, expectStatus, newName, newRepository, OCTETS, withDigest } from './repository.ts';
import { expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

/** What the expression for names allows and a careless reader of it would not. */
const GOOD_NAMES = [
  'a',
  '0',
  'a.b',
  'a_b',
  'a__b',
  'a-b',
  'a---b',
  'a/b/c/d/e/f',
  '1.2/3-4/5_6',
  'v2',
  'blobs/uploads',
];

/** Each in the middle of a path that is otherwise right. */
const BAD_NAMES = [
  { name: 'Upper', why: 'capitals' },
  { name: '-a', why: 'a separator first' },
  { name: 'a-', why: 'a separator last' },
  { name: 'a..b', why: 'two dots' },
  { name: 'a___b', why: 'three underscores' },
  { name: 'a.-b', why: 'two different separators' },
  { name: 'a//b', why: 'an empty part' },
  { name: 'a%2Fb%00', why: 'NUL' },
  { name: '..%2F..%2Fetc', why: 'a traversal, encoded' },
  { name: '../../etc', why: 'a traversal' },
  { name: 'a%20b', why: 'a blank' },
  { name: 'caf%C3%A9', why: 'a letter outside ASCII' },
];

const support = rowsOf('Determining support', '002', [
  {
    covers: ['requirements.pull'],
    says: 'end-1: GET /v2/ gives 200',
    test: async ({ http }) => expectStatus(await http.get('/v2/'), 200),
  },
  {
    says: 'says that it is a registry of API version 2, as Docker clients look for',
    test: async ({ http }) => {
      expect(headerOf(await http.get('/v2/'), 'docker-distribution-api-version')).toBe('registry/2.0');
    },
  },
  {
    covers: ['api.rfc9110'],
    says: 'HEAD /v2/ has the headers of GET and no body',
    test: async ({ http }) => {
      const [get, head] = [await http.get('/v2/'), await http.head('/v2/')];
      expectStatus(head, 200);
      expect(head.body.byteLength).toBe(0);
      expect(headerOf(head, 'content-type')).toBe(headerOf(get, 'content-type'));
    },
  },
  {
    covers: ['requirements.whole-category', 'requirements.others'],
    says: 'no endpoint of the specification is unsupported: 405 is never the answer',
    test: async ({ http, repository: { path } }) => {
      const digest = unknownDigest();
      const session = '00000000-0000-4000-8000-000000000000';
      const requests = [
        ...['GET', 'HEAD', 'DELETE'].map((method) => ({ method, target: `${path}/blobs/${digest}` })),
        ...['GET', 'HEAD', 'PUT', 'DELETE'].map((method) => ({ method, target: `${path}/manifests/latest` })),
        ...['GET', 'PATCH', 'PUT', 'DELETE'].map((method) => ({ method, target: `${path}/blobs/uploads/${session}` })),
        { method: 'POST', target: `${path}/blobs/uploads/` },
        { method: 'GET', target: `${path}/tags/list` },
        { method: 'GET', target: `${path}/referrers/${digest}` },
      ];
      for (const request of requests) {
        const answer = await http.send(request);
        expect(answer.status, answer.to).not.toBe(405);
        expect(answer.body.toString(), answer.to).not.toContain('UNSUPPORTED');
      }
    },
  },
]);

const names = rowsOf('Names of repositories and tags', '005', [
  ...GOOD_NAMES.map((name) => ({
    covers: ['pull.name' as const],
    says: `takes the name ${name}`,
    test: async ({ http }: Subject) => {
      const repository = newRepository(http, `${newName()}/${name}`);
      const blob = newBlob();
      await repository.pushBlob(blob);
      await repository.pushManifest(await repository.newImage(), 'latest');
      await expectPullable(repository, blob);
      expect(await repository.tags()).toEqual(['latest']);
    },
  })),
  ...BAD_NAMES.map(({ name, why }) => ({
    covers: ['pull.name' as const],
    says: `refuses the name ${name.slice(0, 20)}: ${why}`,
    test: async ({ http }: Subject) => {
      expectRefusal(await http.post(`/v2/${name}/blobs/uploads/`), [400, 404]);
      expectRefusal(await http.get(`/v2/${name}/manifests/latest`), [400, 404]);
    },
  })),
  {
    says: 'refuses a name of more than 255 characters, which many clients cannot use',
    test: async ({ http }) => {
      expectRefusal(await http.post(`/v2/${'a/'.repeat(127)}aa/blobs/uploads/`), 400, 'NAME_INVALID');
    },
  },
  {
    covers: ['pull.tag', 'pull-manifest.reference', 'push-manifest.reference'],
    says: 'takes a tag of 128 characters, and of one',
    test: async ({ repository }) => {
      const image = await repository.newImage();
      const tags = ['_', 'A', `_${'x.Y-9_'.repeat(30)}`.slice(0, 128)];
      for (const tag of tags) await repository.pushManifest(image, tag);
      for (const tag of tags) expectStatus(await repository.getManifest(tag), 200);
    },
  },
  ...['x'.repeat(129), '.hidden', '-dash', 'a%20b', 'a+b', 'caf%C3%A9', 'a%00', '..', 'a:b', 'sha256:abc'].map(
    (tag) => ({
      covers: ['pull.tag' as const, 'pull-manifest.no-other-reference' as const, 'push-manifest.reference' as const],
      says: `refuses the reference ${tag.slice(0, 20)}`,
      test: async ({ http, repository }: Subject) => {
        const image = await repository.newImage();
        const headers = { 'Content-Type': image.mediaType };
        const target = repository.manifestPath(tag);
        expectRefusal(await http.put(target, { headers, body: image.bytes }), [400, 404]);
        expectRefusal(await http.get(target), [400, 404]);
      },
    }),
  ),
]);

const speaking = rowsOf('HTTP semantics', '002', [
  {
    covers: ['api.rfc9110'],
    says: '405 for a method that a resource does not have names in Allow those that it has (RFC 9110, 15.5.6)',
    test: async ({ http, repository }) => {
      const answer = await http.put(repository.blobPath(unknownDigest()), { body: Buffer.from('x') });
      expectRefusal(answer, 405);
      const allowed = headerOf(answer, 'allow')?.split(/\s*,\s*/) ?? [];
      expect(allowed).toEqual(expect.arrayContaining(['GET', 'HEAD', 'DELETE']));
      expect(allowed).not.toContain('PUT');
    },
  },
  {
    says: '404 for a path that the API does not have',
    test: async ({ http, repository }) => expectRefusal(await http.get(`${repository.path}/nothing/here`), 404),
  },
  {
    covers: ['api.rfc9110'],
    says: 'Expect: 100-continue is answered, then the request (RFC 9110, 10.1.1)',
    test: async ({ http, repository }) => {
      const blob = newBlob();
      const headers = { ...OCTETS, Expect: '100-continue' };
      const location = withDigest(await repository.startUpload(), blob.digest);
      expectStatus(await http.put(location, { headers, body: blob.bytes }), 201);
      await expectPullable(repository, blob);
    },
  },
  {
    covers: ['api.rfc9110'],
    says: 'a request target with scheme and host means the same (RFC 9112, 3.2.2)',
    test: async ({ http }) => {
      expectStatus(await http.send({ method: 'GET', target: `${http.origin}/v2/`, wholeTarget: true }), 200);
    },
  },
  {
    says: 'refusing a body it has not read leaves the next requests unharmed',
    test: async ({ http, repository }) => {
      const body = newBlob(1_000_000).bytes;
      const session = `${repository.path}/blobs/uploads/00000000-0000-4000-8000-000000000000`;
      for (let count = 0; count < 5; count++) {
        expectRefusal(await http.patch(session, { headers: OCTETS, body }), 404, 'BLOB_UPLOAD_UNKNOWN');
        expectStatus(await http.get('/v2/'), 200);
      }
    },
  },
  {
    says: 'ignores the parameter ns, which is for proxies',
    test: async ({ http, repository }) => {
      const blob = newBlob();
      await repository.pushBlob(blob);
      expectStatus(await http.get(`${repository.blobPath(blob.digest)}?ns=docker.io`), 200);
    },
  },
]);

export const baseRows: readonly Row[] = [...support, ...names, ...speaking];
