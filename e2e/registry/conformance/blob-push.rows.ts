/**
 * Pushing a blob in one piece: POST then PUT, and a single POST.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-monolithically
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf, type Answer } from './client.ts';
import { blobOf, newBlob, unknownDigest, type Algorithm, type Blob } from './content.ts';
import {
  expectAbsent,
  expectPullable,
  expectStatus,
  locationOf,
  newRepository,
  OCTETS,
  withDigest,
  type Repository,
} from './repository.ts';
import { eachAlgorithm, expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

const SIZES = [0, 1, 2, 65_536, 1_048_577];

const BAD_DIGESTS = [
  { digest: 'sha256:abc', why: 'too short' },
  { digest: `sha256:${'0'.repeat(63)}g`, why: 'not hexadecimal' },
  { digest: `sha256:${'A'.repeat(64)}`, why: 'capitals' },
  { digest: `sha256:${'0'.repeat(65)}`, why: 'too long' },
  { digest: `sha512:${'0'.repeat(64)}`, why: 'the length of another algorithm' },
  { digest: `md5:${'0'.repeat(32)}`, why: 'an algorithm that is not supported' },
  { digest: '0'.repeat(64), why: 'no algorithm' },
  { digest: 'sha256%3A..%2F..%2Fetc%2Fpasswd', why: 'a traversal' },
  { digest: '', why: 'empty' },
];

/** The answer that ends every kind of upload. */
async function expectCreated(repository: Repository, answer: Answer, blob: Blob): Promise<void> {
  expectStatus(answer, 201);
  expect(headerOf(answer, 'docker-content-digest'), answer.to).toBe(blob.digest);
  const pulled = await repository.http.get(locationOf(answer));
  expectStatus(pulled, 200);
  expect(pulled.body.equals(blob.bytes), `${pulled.to}: exact bytes`).toBe(true);
  await expectPullable(repository, blob);
}

const postThenPut = rowsOf('POST then PUT', '006', [
  {
    covers: ['post-put.session'],
    says: 'end-4a: POST gives 202 and a location to write to',
    test: async ({ http, repository }) => {
      const answer = await http.post(`${repository.path}/blobs/uploads/`);
      expectStatus(answer, 202);
      expectStatus(await http.get(locationOf(answer)), 204);
    },
  },
  {
    covers: ['post-put.uuid'],
    says: 'the location holds a UUID, another one for each session',
    test: async ({ repository }) => {
      const ids = new Set<string | undefined>();
      for (let count = 0; count < 5; count++) ids.add(UUID.exec(await repository.startUpload())?.[0]);
      expect([...ids].every((id) => id !== undefined)).toBe(true);
      expect(ids.size).toBe(5);
    },
  },
  {
    says: 'Docker-Upload-UUID is the one of the location, as Docker clients look for',
    test: async ({ http, repository }) => {
      const answer = await http.post(`${repository.path}/blobs/uploads/`);
      expect(locationOf(answer)).toContain(headerOf(answer, 'docker-upload-uuid') ?? 'missing');
    },
  },
  ...eachAlgorithm((algorithm) => ({
    covers: ['post-put.created'],
    says: 'end-6: PUT with the whole blob gives 201 and where to pull it',
    test: async ({ http, repository }) => {
      const blob = newBlob(512, algorithm);
      const location = await repository.startUpload();
      const answer = await http.put(withDigest(location, blob.digest), { headers: OCTETS, body: blob.bytes });
      await expectCreated(repository, answer, blob);
    },
  })),
  ...eachAlgorithm((algorithm) => ({
    covers: ['post-put.created'],
    says: 'PUT with chunked transfer encoding, whose length nobody knows beforehand',
    test: async ({ http, repository }) => {
      const blob = newBlob(200_000, algorithm);
      const pieces = [blob.bytes.subarray(0, 1), blob.bytes.subarray(1, 100_000), blob.bytes.subarray(100_000)];
      const location = withDigest(await repository.startUpload(), blob.digest);
      await expectCreated(repository, await http.put(location, { headers: OCTETS, body: pieces }), blob);
    },
  })),
  {
    covers: ['post-put.created'],
    says: 'the digest may come percent-encoded, as most clients send it',
    test: async ({ http, repository }) => {
      const blob = newBlob();
      const location = withDigest(await repository.startUpload(), encodeURIComponent(blob.digest));
      await expectCreated(repository, await http.put(location, { headers: OCTETS, body: blob.bytes }), blob);
    },
  },
  {
    covers: ['post-put.session', 'post-put.created'],
    says: 'end-4c: digest-algorithm=sha512 is taken at the POST',
    test: async ({ http, repository }) => {
      const blob = newBlob(512, 'sha512');
      const location = withDigest(await repository.startUpload('?digest-algorithm=sha512'), blob.digest);
      await expectCreated(repository, await http.put(location, { headers: OCTETS, body: blob.bytes }), blob);
    },
  },
  {
    says: 'end-4c: a digest of another algorithm than was announced is taken all the same',
    test: async ({ http, repository }) => {
      const blob = newBlob();
      const location = withDigest(await repository.startUpload('?digest-algorithm=sha512'), blob.digest);
      await expectCreated(repository, await http.put(location, { headers: OCTETS, body: blob.bytes }), blob);
    },
  },
  ...SIZES.map((size) => ({
    covers: ['post-put.created' as const],
    says: `a blob of ${size} bytes`,
    test: async ({ http, repository }: Subject) => {
      const blob = newBlob(size);
      const location = withDigest(await repository.startUpload(), blob.digest);
      await expectCreated(repository, await http.put(location, { headers: OCTETS, body: blob.bytes }), blob);
    },
  })),
  {
    story: '036',
    says: 'a blob that is there already may be pushed again, also eight times at once',
    test: async ({ repository }) => {
      const blob = newBlob(300_000);
      await Promise.all(Array.from({ length: 8 }, () => repository.pushBlob(blob)));
      await repository.pushBlob(blob);
      await expectPullable(repository, blob);
    },
  },
]);

const singlePost = rowsOf('Single POST', '006', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['single-post.created'],
    says: 'end-4b: gives 201 and where to pull the blob',
    test: async ({ http, repository }) => {
      const blob = newBlob(512, algorithm);
      const target = withDigest(`${repository.path}/blobs/uploads/`, blob.digest);
      await expectCreated(repository, await http.post(target, { headers: OCTETS, body: blob.bytes }), blob);
    },
  })),
  ...eachAlgorithm((algorithm) => ({
    covers: ['single-post.created', 'single-post.length'],
    says: 'of a blob without bytes',
    test: async ({ http, repository }) => {
      const blob = blobOf('', algorithm);
      const target = withDigest(`${repository.path}/blobs/uploads/`, blob.digest);
      await expectCreated(repository, await http.post(target, { headers: OCTETS, body: blob.bytes }), blob);
    },
  })),
]);

/** Each way to push in one request, for what must fail in all of them. */
const WAYS = [
  {
    way: 'PUT',
    push: async (repository: Repository, digest: string, body: Uint8Array) =>
      repository.http.put(withDigest(await repository.startUpload(), digest), { headers: OCTETS, body }),
  },
  {
    way: 'single POST',
    push: (repository: Repository, digest: string, body: Uint8Array) =>
      repository.http.post(withDigest(`${repository.path}/blobs/uploads/`, digest), { headers: OCTETS, body }),
  },
];

const refused = rowsOf('Pushing blobs', '004', [
  ...WAYS.flatMap(({ way, push }) => [
    ...eachAlgorithm((algorithm: Algorithm) => ({
      covers: ['push-blob.bad-digest', 'single-post.digest'],
      says: `400 for the digest of other bytes, and neither blob is there after it: ${way}`,
      test: async ({ repository }) => {
        const blob = newBlob(512, algorithm);
        const wrong = unknownDigest(algorithm);
        expectRefusal(await push(repository, wrong, blob.bytes), 400, 'DIGEST_INVALID');
        await expectAbsent(repository, wrong, blob.digest);
      },
    })),
    ...BAD_DIGESTS.map(({ digest, why }) => ({
      covers: ['push-blob.bad-digest' as const],
      says: `400 for ${digest.slice(0, 24)}: ${why}: ${way}`,
      test: async ({ repository }: Subject) =>
        expectRefusal(await push(repository, digest, newBlob().bytes), 400, 'DIGEST_INVALID'),
    })),
  ]),
  {
    covers: ['push-blob.bad-digest'],
    says: '400 for an algorithm in digest-algorithm that is not supported',
    test: async ({ http, repository }) =>
      expectRefusal(await http.post(`${repository.path}/blobs/uploads/?digest-algorithm=md5`), 400, 'DIGEST_INVALID'),
  },
  {
    story: '036',
    says: 'the bytes of a connection that broke off become no blob',
    test: async ({ http, repository }) => {
      const blob = newBlob(10_000);
      const half = blob.bytes.subarray(0, 5_000);
      const target = withDigest(`${repository.path}/blobs/uploads/`, blob.digest);
      await http.breakOff({ method: 'POST', target, headers: OCTETS, body: half }, blob.bytes.byteLength);
      await expectAbsent(repository, blob.digest);
      await repository.pushBlob(blob);
      await expectPullable(repository, blob);
    },
  },
  {
    says: 'a session belongs to its repository: through another one it is not there',
    test: async ({ http, repository }) => {
      const id = UUID.exec(await repository.startUpload())?.[0] ?? '';
      const other = `${newRepository(http).path}/blobs/uploads/${id}`;
      const blob = newBlob();
      expectRefusal(await http.get(other), 404, 'BLOB_UPLOAD_UNKNOWN');
      expectRefusal(await http.patch(other, { headers: OCTETS, body: blob.bytes }), 404, 'BLOB_UPLOAD_UNKNOWN');
      expectRefusal(await http.put(withDigest(other, blob.digest), { body: blob.bytes }), 404, 'BLOB_UPLOAD_UNKNOWN');
      expectRefusal(await http.delete(other), 404, 'BLOB_UPLOAD_UNKNOWN');
    },
  },
]);

export const blobPushRows: readonly Row[] = [...postThenPut, ...singlePost, ...refused];
