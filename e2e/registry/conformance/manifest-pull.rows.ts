/**
 * Pulling manifests, asking whether they are there, and what `Accept` does.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf } from './client.ts';
import { digestOf, indexOf, MEDIA_TYPES, newBlob, unknownDigest } from './content.ts';
import { ACCEPT, expectStatus, newRepository } from './repository.ts';
import { eachAlgorithm, expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

const pull = rowsOf('Pulling manifests', '009', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['pull-manifest.get', 'pull-manifest.digest-header', 'pull-manifest.reference', 'requirements.pull'],
    says: 'end-3: GET by digest gives 200, the bytes, their type and their digest',
    test: async ({ repository }) => {
      const { bytes, mediaType } = await repository.newImage();
      const digest = digestOf(bytes, algorithm);
      await repository.pushManifest({ bytes, mediaType, digest });
      const answer = await repository.getManifest(digest);
      expectStatus(answer, 200);
      expect(answer.body.equals(bytes)).toBe(true);
      expect(headerOf(answer, 'docker-content-digest')).toBe(digest);
      expect(headerOf(answer, 'content-type')).toBe(mediaType);
    },
  })),
  {
    covers: ['pull-manifest.get', 'pull-manifest.digest-header', 'pull-manifest.reference'],
    says: 'end-3: GET by tag gives the manifest that the tag names',
    test: async ({ repository }) => {
      const images = [await repository.newImage(), await repository.newImage()];
      for (const [index, image] of images.entries()) await repository.pushManifest(image, `v${index}`);
      for (const [index, image] of images.entries()) {
        const answer = await repository.getManifest(`v${index}`);
        expect(answer.body.equals(image.bytes)).toBe(true);
        expect(headerOf(answer, 'docker-content-digest')).toBe(image.digest);
      }
    },
  },
  ...(['tag', 'digest'] as const).map((by) => ({
    covers: ['exists.head' as const, 'exists.digest-header' as const, 'exists.content-length' as const],
    says: `HEAD by ${by} has status and headers of GET, and no body`,
    test: async ({ repository }: Subject) => {
      const image = await repository.newImage();
      await repository.pushManifest(image, 'latest');
      const reference = by === 'tag' ? 'latest' : image.digest;
      const [get, head] = [await repository.getManifest(reference), await repository.headManifest(reference)];
      expectStatus(head, 200);
      expect(head.body.byteLength).toBe(0);
      expect(headerOf(head, 'docker-content-digest')).toBe(image.digest);
      expect(headerOf(head, 'content-length')).toBe(String(image.bytes.byteLength));
      for (const name of ['content-length', 'content-type', 'docker-content-digest', 'etag']) {
        expect(headerOf(head, name), name).toBe(headerOf(get, name));
      }
    },
  })),
  ...[
    { reference: () => 'missing', why: 'a tag' },
    { reference: () => unknownDigest(), why: 'a digest (sha256)' },
    { reference: () => unknownDigest('sha512'), why: 'a digest (sha512)' },
  ].map(({ reference, why }) => ({
    covers: ['pull-manifest.missing' as const, 'exists.missing' as const],
    says: `404 MANIFEST_UNKNOWN for ${why} that is not there`,
    test: async ({ repository }: Subject) => {
      await repository.pushManifest(await repository.newImage(), 'latest');
      const missing = reference();
      expectRefusal(await repository.getManifest(missing), 404, 'MANIFEST_UNKNOWN');
      expectRefusal(await repository.headManifest(missing), 404);
    },
  })),
  {
    covers: ['pull.missing-repository', 'pull-manifest.missing', 'exists.missing'],
    says: '404 in a repository that does not exist',
    test: async ({ repository }) => {
      for (const reference of ['latest', unknownDigest()]) {
        expectRefusal(await repository.getManifest(reference), 404);
        expectRefusal(await repository.headManifest(reference), 404);
      }
    },
  },
  {
    covers: ['pull-manifest.missing'],
    says: '404 for a manifest that only another repository has',
    test: async ({ http, repository }) => {
      const other = newRepository(http);
      const image = await other.newImage();
      await other.pushManifest(image, 'latest');
      await repository.pushBlob(newBlob());
      expectRefusal(await repository.getManifest(image.digest), 404, 'MANIFEST_UNKNOWN');
      expectRefusal(await repository.getManifest('latest'), 404, 'MANIFEST_UNKNOWN');
    },
  },
  {
    covers: ['pull-manifest.missing'],
    says: '404 for the digest of a blob: a blob is no manifest',
    test: async ({ repository }) => {
      const blob = newBlob();
      await repository.pushBlob(blob);
      expectRefusal(await repository.getManifest(blob.digest), 404, 'MANIFEST_UNKNOWN');
    },
  },
  {
    covers: ['pull-manifest.no-other-reference'],
    says: '400 or 404 for a digest that is none',
    test: async ({ repository }) => expectRefusal(await repository.getManifest('sha256:baddigeststring'), [400, 404]),
  },
  ...(['GET', 'HEAD'] as const).map((method) => ({
    covers: ['api.rfc9110' as const],
    says: `${method} with If-None-Match of the manifest it would give is 304 (RFC 9110, 13.1.2)`,
    test: async ({ http, repository }: Subject) => {
      const [first, second] = [await repository.newImage(), await repository.newImage()];
      await repository.pushManifest(first, 'latest');
      const target = repository.manifestPath('latest');
      const etag = headerOf(await repository.headManifest('latest'), 'etag') ?? '';
      const headers = { ...ACCEPT, 'If-None-Match': etag };
      expectStatus(await http.send({ method, target, headers }), 304);
      await repository.pushManifest(second, 'latest');
      expectStatus(await http.send({ method, target, headers }), 200);
    },
  })),
  {
    covers: ['api.rfc9110'],
    says: 'If-Match gives the manifest for its ETag and 412 for another one (RFC 9110, 13.1.1)',
    test: async ({ http, repository }) => {
      await repository.pushManifest(await repository.newImage(), 'latest');
      const etag = headerOf(await repository.headManifest('latest'), 'etag') ?? '';
      const target = repository.manifestPath('latest');
      expectStatus(await http.get(target, { ...ACCEPT, 'If-Match': etag }), 200);
      expectStatus(await http.get(target, { ...ACCEPT, 'If-Match': '"other"' }), 412);
    },
  },
  {
    says: 'ETag is the digest; by digest it may be kept for ever, by tag it may not',
    test: async ({ repository }) => {
      const image = await repository.newImage();
      await repository.pushManifest(image, 'latest');
      const byDigest = await repository.getManifest(image.digest);
      const byTag = await repository.getManifest('latest');
      expect([headerOf(byDigest, 'etag'), headerOf(byTag, 'etag')]).toEqual(Array(2).fill(`"${image.digest}"`));
      expect(headerOf(byDigest, 'cache-control')).toMatch(/immutable|max-age=[0-9]{6,}/);
      expect(headerOf(byTag, 'cache-control') ?? '').not.toMatch(/immutable|max-age=[1-9]/);
    },
  },
]);

/** What clients send, to the one manifest that is there. */
const ACCEPTED = [
  { accept: undefined, why: 'no Accept' },
  { accept: '*/*', why: 'anything' },
  { accept: MEDIA_TYPES.index, why: 'exactly this type' },
  { accept: 'application/*', why: 'its family' },
  { accept: `${MEDIA_TYPES.image}, ${MEDIA_TYPES.index};q=0.1, text/html`, why: 'a list with weights' },
  { accept: `${MEDIA_TYPES.dockerManifest}, ${MEDIA_TYPES.dockerList}, */*`, why: 'others, then anything' },
  { accept: MEDIA_TYPES.index.toUpperCase(), why: 'capitals: types have no case' },
];

const negotiation = rowsOf('Content negotiation', '020', [
  ...ACCEPTED.map(({ accept, why }) => ({
    covers: ['pull-manifest.content-type' as const, 'pull-manifest.no-parameters' as const],
    says: `gives an index as it was pushed for ${why}`,
    test: async ({ http, repository }: Subject) => {
      const index = indexOf({ manifests: [] });
      await repository.pushManifest(index, 'latest');
      const answer = await http.get(repository.manifestPath('latest'), accept === undefined ? {} : { Accept: accept });
      expectStatus(answer, 200);
      expect(headerOf(answer, 'content-type')).toBe(MEDIA_TYPES.index);
      expect(answer.body.equals(index.bytes)).toBe(true);
    },
  })),
  {
    covers: ['pull-manifest.content-type'],
    says: 'several Accept headers are one list, as clients written in Go send them',
    test: async ({ http, repository }) => {
      await repository.pushManifest(indexOf({ manifests: [] }), 'latest');
      const headers = { Accept: [MEDIA_TYPES.image, MEDIA_TYPES.dockerManifest, MEDIA_TYPES.index] };
      expectStatus(await http.get(repository.manifestPath('latest'), headers), 200);
    },
  },
  {
    says: 'never turns one type into another: what Accept rules out is 406 or comes as it is',
    test: async ({ http, repository }) => {
      const index = indexOf({ manifests: [] });
      await repository.pushManifest(index, 'latest');
      for (const accept of [MEDIA_TYPES.dockerManifest, 'text/html', `${MEDIA_TYPES.index};q=0, text/html`]) {
        const answer = await http.get(repository.manifestPath('latest'), { Accept: accept });
        expectStatus(answer, 200, 406);
        if (answer.status === 200) expect(answer.body.equals(index.bytes)).toBe(true);
      }
    },
  },
]);

export const manifestPullRows: readonly Row[] = [...pull, ...negotiation];
