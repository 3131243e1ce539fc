/**
 * Pulling blobs: whole, in ranges, only when changed, and asking whether they are there.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf } from './client.ts';
import { newBlob, unknownDigest, type Blob } from './content.ts';
import { expectPullable, expectStatus, newRepository, type Repository } from './repository.ts';
import { eachAlgorithm, expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

const SIZE = 2_048;

async function push(repository: Repository, blob: Blob = newBlob(SIZE)): Promise<Blob> {
  await repository.pushBlob(blob);
  return blob;
}

const whole = rowsOf('Pulling blobs', '007', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['pull-blob.get', 'pull-blob.digest-header', 'pull-blob.digest-matches', 'requirements.pull'],
    says: 'end-2: GET gives 200, the bytes, their length and their digest',
    test: async ({ http, repository }) => {
      const blob = await push(repository, newBlob(100_001, algorithm));
      const answer = await http.get(repository.blobPath(blob.digest));
      expectStatus(answer, 200);
      expect(answer.body.equals(blob.bytes)).toBe(true);
      expect(headerOf(answer, 'content-length')).toBe('100001');
      expect(headerOf(answer, 'docker-content-digest')).toBe(blob.digest);
    },
  })),
  ...eachAlgorithm((algorithm) => ({
    covers: ['exists.head', 'exists.digest-header', 'exists.content-length', 'api.rfc9110'],
    says: 'HEAD has status and headers of GET, and no body',
    test: async ({ http, repository }) => {
      const target = repository.blobPath((await push(repository, newBlob(777, algorithm))).digest);
      const [get, head] = [await http.get(target), await http.head(target)];
      expectStatus(head, 200);
      expect(head.body.byteLength).toBe(0);
      expect(headerOf(head, 'content-length')).toBe('777');
      for (const name of ['content-length', 'content-type', 'docker-content-digest', 'etag', 'accept-ranges']) {
        expect(headerOf(head, name), name).toBe(headerOf(get, name));
      }
    },
  })),
  ...eachAlgorithm((algorithm) => ({
    covers: ['pull-blob.missing', 'exists.missing'],
    says: '404 BLOB_UNKNOWN for a blob that is not there',
    test: async ({ http, repository }) => {
      await push(repository);
      const target = repository.blobPath(unknownDigest(algorithm));
      expectRefusal(await http.get(target), 404, 'BLOB_UNKNOWN');
      expectRefusal(await http.head(target), 404);
    },
  })),
  {
    covers: ['pull-blob.missing', 'exists.missing'],
    says: '404 for a blob that only another repository has',
    test: async ({ http, repository }) => {
      const other = newRepository(http);
      const { digest } = await push(other);
      await push(repository);
      expectRefusal(await http.get(repository.blobPath(digest)), 404, 'BLOB_UNKNOWN');
      expectRefusal(await http.head(repository.blobPath(digest)), 404);
    },
  },
  {
    covers: ['pull-blob.missing', 'pull.missing-repository'],
    says: '404 in a repository that does not exist',
    test: async ({ http, repository }) => {
      expectRefusal(await http.get(repository.blobPath(unknownDigest())), 404);
      expectRefusal(await http.head(repository.blobPath(unknownDigest())), 404);
    },
  },
  ...['sha256:abc', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'sha256', `sha256:${'A'.repeat(64)}`].map((digest) => ({
    covers: ['push-blob.bad-digest' as const],
    says: `400 or 404 for the digest ${digest.slice(0, 20)}`,
    test: async ({ http, repository }: Subject) => {
      await push(repository);
      expectRefusal(await http.get(repository.blobPath(digest)), [400, 404]);
      expectRefusal(await http.head(repository.blobPath(digest)), [400, 404]);
      expectRefusal(await http.delete(repository.blobPath(digest)), [400, 404]);
    },
  })),
]);

/** `from` and `to` are both inclusive, as in `Content-Range`. */
const SATISFIABLE = [
  { range: 'bytes=500-1499', from: 500, to: 1_499, why: 'a part in the middle' },
  { range: 'bytes=500-', from: 500, to: 2_047, why: 'from there on' },
  { range: 'bytes=-500', from: 1_548, to: 2_047, why: 'the last ones' },
  { range: 'bytes=2000-5000', from: 2_000, to: 2_047, why: 'clipped at the end' },
  { range: 'bytes=0-0', from: 0, to: 0, why: 'the first byte' },
  { range: 'bytes=2047-2047', from: 2_047, to: 2_047, why: 'the last byte' },
  { range: 'bytes=0-2047', from: 0, to: 2_047, why: 'all of it' },
  { range: 'bytes=-5000', from: 0, to: 2_047, why: 'a suffix longer than the blob' },
  { range: 'bytes=7-99999999999999999999', from: 7, to: 2_047, why: 'an end beyond 64 bits' },
];

const UNSATISFIABLE = [
  { range: 'bytes=5000-10000', why: 'begins after the end' },
  { range: 'bytes=2048-', why: 'begins right after the end' },
  { range: 'bytes=500-0', why: 'ends before it begins' },
  { range: 'bytes=-0', why: 'no bytes' },
  { range: 'bytes=99999999999999999999-', why: 'begins beyond 64 bits' },
];

const ranges = rowsOf('Pulling blobs in ranges', '007', [
  ...SATISFIABLE.map(({ range, from, to, why }) => ({
    covers: ['pull-blob.range' as const],
    says: `206 for ${range}: ${why}`,
    test: async ({ http, repository }: Subject) => {
      const blob = await push(repository);
      const answer = await http.get(repository.blobPath(blob.digest), { Range: range });
      expectStatus(answer, 206);
      expect(headerOf(answer, 'content-range')).toBe(`bytes ${from}-${to}/${SIZE}`);
      expect(headerOf(answer, 'content-length')).toBe(String(to - from + 1));
      expect(answer.body.equals(blob.bytes.subarray(from, to + 1))).toBe(true);
    },
  })),
  ...UNSATISFIABLE.map(({ range, why }) => ({
    covers: ['pull-blob.range' as const],
    says: `416 with the size for ${range}: ${why}`,
    test: async ({ http, repository }: Subject) => {
      const blob = await push(repository);
      const answer = await http.get(repository.blobPath(blob.digest), { Range: range });
      expectRefusal(answer, 416);
      expect(headerOf(answer, 'content-range')).toBe(`bytes */${SIZE}`);
      await expectPullable(repository, blob);
    },
  })),
  ...['bytes=abc', 'bytes=1-x', 'bytes', 'bytes=', 'items=0-5', 'bytes=--5'].map((range) => ({
    covers: ['pull-blob.range' as const],
    says: `${range} is ignored or refused (RFC 9110, 14.2)`,
    test: async ({ http, repository }: Subject) => {
      const blob = await push(repository);
      const answer = await http.get(repository.blobPath(blob.digest), { Range: range });
      expectStatus(answer, 200, 400, 416);
      if (answer.status === 200) expect(answer.body.equals(blob.bytes)).toBe(true);
    },
  })),
  {
    covers: ['pull-blob.range'],
    says: 'several ranges at once: each of them, or the whole blob',
    test: async ({ http, repository }) => {
      const blob = await push(repository);
      const answer = await http.get(repository.blobPath(blob.digest), { Range: 'bytes=0-1,5-9' });
      expectStatus(answer, 200, 206);
      if (answer.status === 200) expect(answer.body.equals(blob.bytes)).toBe(true);
      else expect(headerOf(answer, 'content-type')).toMatch(/^multipart\/byteranges/);
    },
  },
  {
    covers: ['pull-blob.range'],
    says: 'a range of a blob without bytes ends the request properly',
    test: async ({ http, repository }) => {
      const blob = await push(repository, newBlob(0));
      for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
        const answer = await http.get(repository.blobPath(blob.digest), { Range: range });
        expectStatus(answer, 200, 416);
        if (answer.status === 200) expect(answer.body.byteLength).toBe(0);
      }
    },
  },
  {
    covers: ['pull-blob.range', 'api.rfc9110'],
    says: 'HEAD ignores Range (RFC 9110, 14.2) and says that ranges are served',
    test: async ({ http, repository }) => {
      const blob = await push(repository);
      const answer = await http.head(repository.blobPath(blob.digest), { Range: 'bytes=0-9' });
      expectStatus(answer, 200);
      expect(headerOf(answer, 'content-length')).toBe(String(SIZE));
      expect(headerOf(answer, 'accept-ranges')).toBe('bytes');
    },
  },
  {
    covers: ['pull-blob.range', 'api.rfc9110'],
    says: 'If-Range with the ETag gives the part, with another one the whole (RFC 9110, 13.1.5)',
    test: async ({ http, repository }) => {
      const blob = await push(repository);
      const target = repository.blobPath(blob.digest);
      const etag = headerOf(await http.head(target), 'etag') ?? '';
      expectStatus(await http.get(target, { Range: 'bytes=0-9', 'If-Range': etag }), 206);
      const other = await http.get(target, { Range: 'bytes=0-9', 'If-Range': '"other"' });
      expectStatus(other, 200);
      expect(other.body.equals(blob.bytes)).toBe(true);
    },
  },
  {
    covers: ['pull-blob.range'],
    says: 'a download that broke off goes on by ranges to the same bytes',
    test: async ({ http, repository }) => {
      const blob = await push(repository, newBlob(300_000));
      const parts: Buffer[] = [];
      for (let from = 0; from < 300_000; from += 70_000) {
        const headers = { Range: `bytes=${from}-${from + 69_999}` };
        parts.push((await http.get(repository.blobPath(blob.digest), headers)).body);
      }
      expect(Buffer.concat(parts).equals(blob.bytes)).toBe(true);
    },
  },
]);

const conditional = rowsOf('Pulling blobs when changed', '007', [
  {
    says: 'ETag is the digest, and what a digest names may be kept for ever',
    test: async ({ http, repository }) => {
      const blob = await push(repository);
      const answer = await http.get(repository.blobPath(blob.digest));
      expect(headerOf(answer, 'etag')).toBe(`"${blob.digest}"`);
      expect(headerOf(answer, 'cache-control')).toMatch(/immutable|max-age=[0-9]{6,}/);
    },
  },
  ...(['GET', 'HEAD'] as const).flatMap((method) =>
    [
      { match: (etag: string) => etag, status: 304, why: 'the same' },
      { match: (etag: string) => `W/${etag}`, status: 304, why: 'the same, compared weakly' },
      { match: (etag: string) => `"a", ${etag}`, status: 304, why: 'one of several' },
      { match: () => '*', status: 304, why: 'any' },
      { match: () => '"other"', status: 200, why: 'another one' },
    ].map(({ match, status, why }) => ({
      covers: ['api.rfc9110' as const],
      says: `${method} with If-None-Match gives ${status}: ${why} (RFC 9110, 13.1.2)`,
      test: async ({ http, repository }: Subject) => {
        const blob = await push(repository);
        const target = repository.blobPath(blob.digest);
        const etag = headerOf(await http.head(target), 'etag') ?? '';
        const answer = await http.send({ method, target, headers: { 'If-None-Match': match(etag) } });
        expectStatus(answer, status);
        expect(headerOf(answer, 'etag')).toBe(etag);
        expect(answer.body.byteLength).toBe(status === 200 && method === 'GET' ? SIZE : 0);
      },
    })),
  ),
  {
    covers: ['api.rfc9110'],
    says: 'If-Match gives the blob for its ETag and 412 for another one (RFC 9110, 13.1.1)',
    test: async ({ http, repository }) => {
      const target = repository.blobPath((await push(repository)).digest);
      const etag = headerOf(await http.head(target), 'etag') ?? '';
      expectStatus(await http.get(target, { 'If-Match': etag }), 200);
      expectStatus(await http.get(target, { 'If-Match': '"other"' }), 412);
    },
  },
  {
    covers: ['api.rfc9110'],
    says: 'If-None-Match comes before Range: 304, not 206 (RFC 9110, 13.2.2)',
    test: async ({ http, repository }) => {
      const target = repository.blobPath((await push(repository)).digest);
      const etag = headerOf(await http.head(target), 'etag') ?? '';
      expectStatus(await http.get(target, { Range: 'bytes=0-9', 'If-None-Match': etag }), 304);
    },
  },
]);

export const blobPullRows: readonly Row[] = [...whole, ...ranges, ...conditional];
