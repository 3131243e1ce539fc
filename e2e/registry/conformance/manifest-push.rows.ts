/**
 * Pushing manifests: the answer, the bytes, tags as parameters, the largest size, and what is refused.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf, type Answer } from './client.ts';
import {
  blobOf,
  describeBlob,
  digestOf,
  indexOf,
  manifestOf,
  MEDIA_TYPES,
  newBlob,
  unknownDigest,
  type Manifest,
} from './content.ts';
import { expectStatus, locationOf, newRepository, putManifest, type Repository } from './repository.ts';
import { eachAlgorithm, expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

/** The largest manifest that is taken. */
const LIMIT_BYTES = 4 * 1024 * 1024;

/** A valid index without entries, of exactly that many bytes. */
function indexOfSize(bytes: number): Manifest {
  const fill = (length: number) => indexOf({ manifests: [], annotations: { fill: 'x'.repeat(length) } });
  return fill(bytes - fill(0).bytes.byteLength);
}

/** The answer to a push, and that the location leads to the same bytes. */
async function expectCreated(repository: Repository, answer: Answer, manifest: Manifest): Promise<void> {
  expectStatus(answer, 201);
  expect(headerOf(answer, 'docker-content-digest'), answer.to).toBe(manifest.digest);
  const pulled = await repository.http.get(locationOf(answer), { Accept: manifest.mediaType });
  expectStatus(pulled, 200);
  expect(pulled.body.equals(manifest.bytes), `${pulled.to}: exact bytes`).toBe(true);
  expect(headerOf(pulled, 'content-type')).toBe(manifest.mediaType);
}

const created = rowsOf('Pushing manifests', '008', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['push-manifest.created', 'push-manifest.digest-header', 'push-manifest.reference'],
    says: 'end-7a: by digest gives 201, the location and that digest',
    test: async ({ repository }) => {
      const { bytes, mediaType } = await repository.newImage();
      const image = { bytes, mediaType, digest: digestOf(bytes, algorithm) };
      await expectCreated(repository, await putManifest(repository, image, image.digest), image);
    },
  })),
  {
    covers: ['push-manifest.created', 'push-manifest.digest-header', 'push-manifest.reference'],
    says: 'end-7a: by tag gives 201, the location and the digest',
    test: async ({ repository }) => {
      const image = await repository.newImage();
      await expectCreated(repository, await putManifest(repository, image, 'latest'), image);
    },
  },
  {
    covers: ['push-manifest.ignore-parameters', 'pull-manifest.no-parameters'],
    says: 'parameters of Content-Type are ignored, and not given back',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      const headers = { 'Content-Type': `${image.mediaType}; charset=utf-8` };
      expectStatus(await http.put(repository.manifestPath('latest'), { headers, body: image.bytes }), 201);
      const pulled = await repository.getManifest('latest');
      expect(headerOf(pulled, 'content-type')).toBe(image.mediaType);
    },
  },
  {
    says: 'without Content-Type the mediaType of the manifest decides',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      expectStatus(await http.put(repository.manifestPath('latest'), { body: image.bytes }), 201);
      expect(headerOf(await repository.getManifest('latest'), 'content-type')).toBe(image.mediaType);
    },
  },
  {
    covers: ['push-manifest.created'],
    says: 'with chunked transfer encoding',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      const pieces = [image.bytes.subarray(0, 10), image.bytes.subarray(10)];
      const headers = { 'Content-Type': image.mediaType };
      await expectCreated(repository, await http.put(repository.manifestPath('v1'), { headers, body: pieces }), image);
    },
  },
  {
    says: 'the same again gives 201 again; a tag moves, and what it named stays by its digest',
    test: async ({ repository }) => {
      const [first, second] = [await repository.newImage(), await repository.newImage()];
      for (const image of [first, first, second]) await repository.pushManifest(image, 'latest');
      const latest = await repository.getManifest('latest');
      expect(headerOf(latest, 'docker-content-digest')).toBe(second.digest);
      expect((await repository.getManifest(first.digest)).body.equals(first.bytes)).toBe(true);
      expect(await repository.tags()).toEqual(['latest']);
    },
  },
  {
    story: '036',
    says: 'two manifests pushed to one tag at once, again and again: the tag always names one of them',
    test: async ({ repository }) => {
      const images = [await repository.newImage(), await repository.newImage()];
      for (let round = 0; round < 5; round++) {
        await Promise.all(images.map((image) => repository.pushManifest(image, 'latest')));
        const { body } = await repository.getManifest('latest');
        expect(images.some(({ bytes }) => bytes.equals(body))).toBe(true);
      }
    },
  },
]);

const tagParameters = rowsOf('Pushing manifests with tags', '008', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['tag-parameters.header', 'tag-parameters.ten'],
    says: 'end-7b: twelve tags in one push by digest, each named in OCI-Tag and each pullable',
    test: async ({ http, repository }) => {
      const { bytes, mediaType } = await repository.newImage();
      const digest = digestOf(bytes, algorithm);
      const tags = Array.from({ length: 12 }, (_, index) => `v1.${index}`);
      const target = `${repository.manifestPath(digest)}?${tags.map((tag) => `tag=${tag}`).join('&')}`;
      const answer = await http.put(target, { headers: { 'Content-Type': mediaType }, body: bytes });
      expectStatus(answer, 201);
      expect(
        headerOf(answer, 'oci-tag')
          ?.split(/\s*,\s*/)
          .sort(),
      ).toEqual([...tags].sort());
      expect(headerOf(answer, 'docker-content-digest')).toBe(digest);
      for (const tag of tags) {
        const pulled = await repository.getManifest(tag);
        expect(headerOf(pulled, 'docker-content-digest'), tag).toBe(digest);
      }
    },
  })),
  {
    covers: ['tag-parameters.header', 'pull.tag'],
    says: 'a tag that is none is refused, and then none of the others is set',
    test: async ({ http, repository }) => {
      const image = await repository.newImage();
      const target = `${repository.manifestPath(image.digest)}?tag=good&tag=-bad`;
      const answer = await http.put(target, { headers: { 'Content-Type': image.mediaType }, body: image.bytes });
      expectRefusal(answer, 400);
      expectStatus(await repository.getManifest('good'), 404);
    },
  },
]);

const sizes = rowsOf('Size of manifests', '008', [
  {
    covers: ['push-manifest.four-megabytes'],
    says: 'annotations of 3.9 MB',
    test: async ({ repository }) => {
      const annotations = Object.fromEntries(
        Array.from({ length: 390 }, (_, index) => [`large-${index}`, 'A'.repeat(10_000)]),
      );
      const image = await repository.newImage({ annotations });
      await repository.pushManifest(image, 'large');
      expect((await repository.getManifest('large')).body.equals(image.bytes)).toBe(true);
    },
  },
  {
    covers: ['push-manifest.four-megabytes'],
    says: 'exactly 4 MiB',
    test: async ({ repository }) => {
      const index = indexOfSize(LIMIT_BYTES);
      expect(index.bytes.byteLength).toBe(LIMIT_BYTES);
      await repository.pushManifest(index, 'large');
      expect((await repository.getManifest('large')).body.equals(index.bytes)).toBe(true);
    },
  },
  ...[true, false].map((announced) => ({
    covers: ['push-manifest.limit-413' as const, 'push-manifest.limit' as const],
    says: `413 for one byte more, its length ${announced ? 'announced' : 'unknown'}; nothing is stored`,
    test: async ({ http, repository }: Subject) => {
      const index = indexOfSize(LIMIT_BYTES + 1);
      const options = { headers: { 'Content-Type': index.mediaType }, body: announced ? index.bytes : [index.bytes] };
      expectRefusal(await http.put(repository.manifestPath('large'), options), 413, 'MANIFEST_INVALID');
      expectStatus(await repository.getManifest('large'), 404);
    },
  })),
]);

const INVALID = [
  { text: '', mediaType: MEDIA_TYPES.image, why: 'no bytes' },
  { text: 'hello', mediaType: MEDIA_TYPES.image, why: 'no JSON' },
  { text: '[]', mediaType: MEDIA_TYPES.image, why: 'no object' },
  { text: '{"schemaVersion":2', mediaType: MEDIA_TYPES.image, why: 'JSON cut off' },
  { text: '{"schemaVersion":2}', mediaType: MEDIA_TYPES.image, why: 'an image without a config' },
  { text: '{"schemaVersion":1,"manifests":[]}', mediaType: MEDIA_TYPES.index, why: 'another schema version' },
  { text: '{"schemaVersion":2,"manifests":[{}]}', mediaType: MEDIA_TYPES.index, why: 'a descriptor that is none' },
  {
    text: `{"schemaVersion":2,"mediaType":"${MEDIA_TYPES.image}","manifests":[]}`,
    mediaType: MEDIA_TYPES.index,
    why: 'mediaType is not Content-Type',
  },
  {
    text: '{"schemaVersion":2,"manifests":[],"subject":{"mediaType":"a/b","digest":"sha256:x","size":1}}',
    mediaType: MEDIA_TYPES.index,
    why: 'a subject whose digest is none',
  },
  { text: '{"schemaVersion":2,"manifests":[]}', mediaType: 'text/plain', why: 'a Content-Type that is no manifest' },
];

const refused = rowsOf('Pushing manifests', '008', [
  ...INVALID.map(({ text, mediaType, why }) => ({
    says: `400 MANIFEST_INVALID: ${why}`,
    test: async ({ repository }: Subject) => {
      await repository.pushBlob(newBlob());
      const answer = await putManifest(repository, manifestOf(text, mediaType), 'latest');
      expectRefusal(answer, 400, 'MANIFEST_INVALID');
      expectStatus(await repository.getManifest('latest'), 404);
    },
  })),
  ...eachAlgorithm((algorithm) => ({
    covers: ['push-manifest.digest-header', 'push-blob.bad-digest'],
    says: '400 for the digest of other bytes, and neither manifest is there after it',
    test: async ({ repository }) => {
      const image = await repository.newImage();
      const wrong = unknownDigest(algorithm);
      expectRefusal(await putManifest(repository, image, wrong), 400, 'DIGEST_INVALID');
      for (const digest of [wrong, image.digest, digestOf(image.bytes, algorithm)]) {
        expectStatus(await repository.getManifest(digest), 404);
      }
    },
  })),
  {
    covers: ['push-manifest.reference', 'push-blob.bad-digest'],
    says: '400 for a digest that is none',
    test: async ({ repository }) =>
      expectRefusal(await putManifest(repository, await repository.newImage(), 'sha256:baddigeststring'), 400),
  },
  ...(['config', 'layer'] as const).map((missing) => ({
    covers: ['push-manifest.blob-unknown' as const],
    says: `MANIFEST_BLOB_UNKNOWN when its ${missing} is not there`,
    test: async ({ repository }: Subject) => {
      const absent = describeBlob(newBlob(), MEDIA_TYPES.layer);
      const image = await repository.newImage(missing === 'config' ? { config: absent } : { layers: [absent] });
      expectRefusal(await putManifest(repository, image, 'latest'), [400, 404], 'MANIFEST_BLOB_UNKNOWN');
      expectStatus(await repository.getManifest('latest'), 404);
    },
  })),
  {
    covers: ['push-manifest.blob-unknown'],
    says: 'MANIFEST_BLOB_UNKNOWN when a manifest of an index is not there',
    test: async ({ repository }) => {
      const absent = { mediaType: MEDIA_TYPES.image, digest: unknownDigest(), size: 1_024 };
      const answer = await putManifest(repository, indexOf({ manifests: [absent] }), 'latest');
      expectRefusal(answer, [400, 404], 'MANIFEST_BLOB_UNKNOWN');
    },
  },
  {
    covers: ['push-manifest.blob-unknown'],
    says: 'MANIFEST_BLOB_UNKNOWN when only another repository has the blob',
    test: async ({ http, repository }) => {
      const config = await newRepository(http).pushBlob(blobOf(newBlob().bytes), MEDIA_TYPES.config);
      const image = await repository.newImage({ config });
      expectRefusal(await putManifest(repository, image, 'latest'), [400, 404], 'MANIFEST_BLOB_UNKNOWN');
    },
  },
]);

const conditional = rowsOf('Pushing manifests on a condition', '036', [
  {
    covers: ['api.rfc9110'],
    says: 'If-None-Match: * sets a tag once: the second push gives 412 and changes nothing (RFC 9110, 13.1.2)',
    test: async ({ http, repository }) => {
      const [first, second] = [await repository.newImage(), await repository.newImage()];
      const put = (image: Manifest) =>
        http.put(repository.manifestPath('once'), {
          headers: { 'Content-Type': image.mediaType, 'If-None-Match': '*' },
          body: image.bytes,
        });
      expectStatus(await put(first), 201);
      expectRefusal(await put(second), 412);
      expect((await repository.getManifest('once')).body.equals(first.bytes)).toBe(true);
    },
  },
  {
    covers: ['api.rfc9110'],
    says: 'of eight that want a tag first, one gets it',
    test: async ({ http, repository }) => {
      const images = await Promise.all(Array.from({ length: 8 }, () => repository.newImage()));
      const answers = await Promise.all(
        images.map(({ bytes, mediaType }) =>
          http.put(repository.manifestPath('first'), {
            headers: { 'Content-Type': mediaType, 'If-None-Match': '*' },
            body: bytes,
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 412)]);
    },
  },
  {
    covers: ['api.rfc9110'],
    says: 'If-Match moves a tag only from the manifest it named (RFC 9110, 13.1.1)',
    test: async ({ http, repository }) => {
      const [first, second] = [await repository.newImage(), await repository.newImage()];
      await repository.pushManifest(first, 'moving');
      const etag = headerOf(await repository.headManifest('moving'), 'etag') ?? '';
      const put = (match: string) =>
        http.put(repository.manifestPath('moving'), {
          headers: { 'Content-Type': second.mediaType, 'If-Match': match },
          body: second.bytes,
        });
      expectRefusal(await put(`"${second.digest}"`), 412);
      expectStatus(await put(etag), 201);
      expect((await repository.getManifest('moving')).body.equals(second.bytes)).toBe(true);
    },
  },
]);

export const manifestPushRows: readonly Row[] = [...created, ...tagParameters, ...sizes, ...refused, ...conditional];
