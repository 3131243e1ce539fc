/**
 * Pushing a blob in chunks: in order, out of order, streamed, resumed, and cancelled.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf, type Answer } from './client.ts';
import { newBlob, unknownDigest, type Blob } from './content.ts';
import {
  expectAbsent,
  expectPullable,
  expectStatus,
  locationOf,
  OCTETS,
  withDigest,
  type Repository,
} from './repository.ts';
import { eachAlgorithm, expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

/** Bytes of a chunk in the rows that do not ask for another size. */
const CHUNK = 400;

function rangeOf(from: number, length: number): Record<string, string> {
  return { ...OCTETS, 'Content-Range': `${from}-${from + length - 1}` };
}

/** Sends `blob` from `from` on, up to `to`, as one chunk with its range. */
async function sendChunk(repository: Repository, location: string, blob: Blob, from: number, to = from + CHUNK) {
  const body = blob.bytes.subarray(from, to);
  return repository.http.patch(location, { headers: rangeOf(from, body.byteLength), body });
}

/** A chunk was taken: the session is now `received` bytes long. @returns where to go on */
function expectAccepted(answer: Answer, received: number): string {
  expectStatus(answer, 202);
  expect(headerOf(answer, 'range'), answer.to).toBe(`0-${received - 1}`);
  return locationOf(answer);
}

async function close(repository: Repository, location: string, blob: Blob): Promise<void> {
  const answer = await repository.http.put(withDigest(location, blob.digest));
  expectStatus(answer, 201);
  expect(headerOf(answer, 'docker-content-digest'), answer.to).toBe(blob.digest);
  const pulled = await repository.http.get(locationOf(answer));
  expect(pulled.body.equals(blob.bytes), `${pulled.to}: exact bytes`).toBe(true);
  await expectPullable(repository, blob);
}

/** As a client goes on after a 416: asks where the session is. */
async function askStatus(repository: Repository, location: string): Promise<{ location: string; next: number }> {
  const answer = await repository.http.get(location);
  expectStatus(answer, 204);
  const [, last] = /^0-([0-9]+)$/.exec(headerOf(answer, 'range') ?? '') ?? [];
  expect(last, `${answer.to}: Range ${headerOf(answer, 'range')}`).toBeDefined();
  return { location: locationOf(answer), next: Number(last) + 1 };
}

const inOrder = rowsOf('Pushing a blob in chunks', '012', [
  ...eachAlgorithm((algorithm) => ({
    covers: ['chunked.accepted', 'chunked.closed', 'chunked.range-inclusive', 'chunked.closed-by-put'],
    says: 'end-5: three chunks by PATCH, each 202 with Location and Range, then PUT',
    test: async ({ repository }) => {
      const blob = newBlob(3 * CHUNK - 5, algorithm);
      let location = await repository.startUpload();
      for (let from = 0; from < blob.bytes.byteLength; from += CHUNK) {
        const received = Math.min(from + CHUNK, blob.bytes.byteLength);
        location = expectAccepted(await sendChunk(repository, location, blob, from), received);
      }
      await close(repository, location, blob);
    },
  })),
  ...eachAlgorithm((algorithm) => ({
    covers: ['chunked.closed', 'chunked.closing-digest'],
    says: 'the last chunk in the PUT',
    test: async ({ http, repository }) => {
      const blob = newBlob(2 * CHUNK + 7, algorithm);
      let location = await repository.startUpload();
      for (const from of [0, CHUNK]) {
        location = expectAccepted(await sendChunk(repository, location, blob, from), from + CHUNK);
      }
      const body = blob.bytes.subarray(2 * CHUNK);
      const answer = await http.put(withDigest(location, blob.digest), { headers: rangeOf(2 * CHUNK, 7), body });
      expectStatus(answer, 201);
      expect(headerOf(answer, 'docker-content-digest')).toBe(blob.digest);
      await expectPullable(repository, blob);
    },
  })),
  ...eachAlgorithm((algorithm) => ({
    covers: ['chunked.accepted'],
    says: 'streamed: one PATCH without Content-Range and without a length',
    test: async ({ http, repository }) => {
      const blob = newBlob(200_000, algorithm);
      const pieces = [blob.bytes.subarray(0, 70_000), blob.bytes.subarray(70_000, 70_001), blob.bytes.subarray(70_001)];
      const answer = await http.patch(await repository.startUpload(), { headers: OCTETS, body: pieces });
      await close(repository, expectAccepted(answer, 200_000), blob);
    },
  })),
  {
    covers: ['chunked.accepted'],
    says: 'PATCHes without Content-Range are appended one after the other',
    test: async ({ http, repository }) => {
      const blob = newBlob(2 * CHUNK);
      let location = await repository.startUpload();
      for (const from of [0, CHUNK]) {
        const body = blob.bytes.subarray(from, from + CHUNK);
        location = expectAccepted(await http.patch(location, { headers: OCTETS, body }), from + CHUNK);
      }
      await close(repository, location, blob);
    },
  },
  {
    covers: ['chunked.accepted'],
    says: 'chunks of one byte',
    test: async ({ repository }) => {
      const blob = newBlob(3);
      let location = await repository.startUpload();
      for (const from of [0, 1, 2]) {
        location = expectAccepted(await sendChunk(repository, location, blob, from, from + 1), from + 1);
      }
      await close(repository, location, blob);
    },
  },
  {
    covers: ['chunked.min-length'],
    says: 'OCI-Chunk-Min-Length is a count of bytes',
    test: async ({ http, repository }) => {
      const answer = await http.post(`${repository.path}/blobs/uploads/`);
      expect(headerOf(answer, 'oci-chunk-min-length') ?? '0').toMatch(/^[0-9]+$/);
    },
  },
  {
    says: 'a closing PUT without anything received makes the blob without bytes',
    test: async ({ repository }) => close(repository, await repository.startUpload(), newBlob(0)),
  },
]);

const malformed = rowsOf('Pushing a blob in chunks', '012', [
  ...['abc', '0-', '-5', '5-2', 'bytes=0-399', '0-399/400x', ''].map((range) => ({
    covers: ['chunked.range-form' as const],
    says: `refuses the Content-Range ${JSON.stringify(range)} and keeps the session as it was`,
    test: async ({ http, repository }: Subject) => {
      const blob = newBlob(CHUNK);
      const location = await repository.startUpload();
      const headers = { ...OCTETS, 'Content-Range': range };
      expectRefusal(await http.patch(location, { headers, body: blob.bytes }), [400, 416]);
      const next = expectAccepted(await sendChunk(repository, location, blob, 0), CHUNK);
      await close(repository, next, blob);
    },
  })),
  ...[CHUNK - 1, CHUNK + 1].map((announced) => ({
    covers: ['chunked.range-inclusive' as const],
    says: `refuses a chunk of ${CHUNK} bytes whose Content-Range says ${announced}`,
    test: async ({ http, repository }: Subject) => {
      const blob = newBlob(CHUNK);
      const location = await repository.startUpload();
      const answer = await http.patch(location, { headers: rangeOf(0, announced), body: blob.bytes });
      expectRefusal(answer, 400, 'SIZE_INVALID');
      await close(repository, expectAccepted(await sendChunk(repository, location, blob, 0), CHUNK), blob);
    },
  })),
  {
    covers: ['chunked.closing-digest', 'push-blob.bad-digest'],
    says: '400 for a closing PUT without a digest',
    test: async ({ http, repository }) => {
      const answer = await http.put(await repository.startUpload(), { headers: OCTETS, body: newBlob().bytes });
      expectRefusal(answer, 400, 'DIGEST_INVALID');
    },
  },
  ...eachAlgorithm((algorithm) => ({
    covers: ['push-blob.bad-digest'],
    says: '400 when the digest of the closing PUT is not that of all chunks together, and the session is over',
    test: async ({ http, repository }) => {
      const blob = newBlob(2 * CHUNK, algorithm);
      const wrong = unknownDigest(algorithm);
      let location = await repository.startUpload();
      for (const from of [0, CHUNK]) {
        location = expectAccepted(await sendChunk(repository, location, blob, from), from + CHUNK);
      }
      expectRefusal(await http.put(withDigest(location, wrong)), 400, 'DIGEST_INVALID');
      await expectAbsent(repository, wrong, blob.digest);
      expectRefusal(await http.get(location), 404, 'BLOB_UPLOAD_UNKNOWN');
    },
  })),
]);

/** What a client might send when `CHUNK` bytes of the blob have been received. */
const OUT_OF_ORDER = [
  { from: 2 * CHUNK, why: 'a gap' },
  { from: 0, why: 'the same chunk again' },
  { from: CHUNK - 1, why: 'one byte twice' },
  { from: CHUNK + 1, why: 'one byte left out' },
];

const outOfOrder = rowsOf('Pushing a blob in chunks', '013', [
  ...OUT_OF_ORDER.map(({ from, why }) => ({
    covers: ['chunked.out-of-order' as const, 'chunked.in-order' as const, 'chunked.status' as const],
    says: `416 for ${why}; GET tells where to go on, and it goes on from there`,
    test: async ({ repository }: Subject) => {
      const blob = newBlob(3 * CHUNK);
      const first = expectAccepted(await sendChunk(repository, await repository.startUpload(), blob, 0), CHUNK);
      expectRefusal(await sendChunk(repository, first, blob, from), 416);
      const { location, next } = await askStatus(repository, first);
      expect(next).toBe(CHUNK);
      await close(repository, expectAccepted(await sendChunk(repository, location, blob, next, 1_200), 1_200), blob);
    },
  })),
  {
    covers: ['chunked.out-of-order', 'chunked.range-from-zero'],
    says: '416 for a first chunk that does not begin at 0; the session can still be used',
    test: async ({ repository }) => {
      const blob = newBlob(CHUNK);
      const location = await repository.startUpload();
      expectRefusal(await sendChunk(repository, location, blob, 1), 416);
      await close(repository, expectAccepted(await sendChunk(repository, location, blob, 0), CHUNK), blob);
    },
  },
  {
    says: 'the 416 itself has the true Range and the location',
    test: async ({ repository }) => {
      const blob = newBlob(3 * CHUNK);
      const location = expectAccepted(await sendChunk(repository, await repository.startUpload(), blob, 0), CHUNK);
      const answer = await sendChunk(repository, location, blob, 2 * CHUNK);
      expectRefusal(answer, 416, 'BLOB_UPLOAD_INVALID');
      expect(headerOf(answer, 'range')).toBe(`0-${CHUNK - 1}`);
      expect(locationOf(answer)).toContain('/blobs/uploads/');
    },
  },
  ...OUT_OF_ORDER.map(({ from, why }) => ({
    covers: ['chunked.last-out-of-order' as const],
    says: `416 for ${why} in the closing PUT; GET on the same URL tells where to go on, and the PUT then succeeds`,
    test: async ({ http, repository }: Subject) => {
      const blob = newBlob(3 * CHUNK);
      const first = expectAccepted(await sendChunk(repository, await repository.startUpload(), blob, 0), CHUNK);
      const body = blob.bytes.subarray(from);
      const closing = withDigest(first, blob.digest);
      expectRefusal(await http.put(closing, { headers: rangeOf(from, body.byteLength), body }), 416);
      // Clients ask with the query of the PUT still on it.
      const { location, next } = await askStatus(repository, closing);
      expect(next).toBe(CHUNK);
      const rest = blob.bytes.subarray(next);
      const target = location.includes('digest=') ? location : withDigest(location, blob.digest);
      expectStatus(await http.put(target, { headers: rangeOf(next, rest.byteLength), body: rest }), 201);
      await expectPullable(repository, blob);
    },
  })),
]);

const status = rowsOf('Status of an upload', '013', [
  {
    covers: ['chunked.status'],
    says: 'end-13: GET of a session gives 204, its location, and the last byte received',
    test: async ({ repository }) => {
      const blob = newBlob(2 * CHUNK);
      let location = await repository.startUpload();
      for (const received of [CHUNK, 2 * CHUNK]) {
        location = expectAccepted(await sendChunk(repository, location, blob, received - CHUNK), received);
        expect((await askStatus(repository, location)).next).toBe(received);
      }
      await close(repository, (await askStatus(repository, location)).location, blob);
    },
  },
  {
    covers: ['chunked.status'],
    says: 'of a session that has received nothing',
    test: async ({ repository }) => {
      const { location } = await askStatus(repository, await repository.startUpload());
      const blob = newBlob(CHUNK);
      await close(repository, expectAccepted(await sendChunk(repository, location, blob, 0), CHUNK), blob);
    },
  },
  {
    story: '036',
    says: 'after a connection that broke off, the upload goes on from where GET says',
    test: async ({ http, repository }) => {
      const blob = newBlob(1_000_000);
      let location = await repository.startUpload();
      const half = blob.bytes.subarray(0, 600_000);
      await http.breakOff({ method: 'PATCH', target: location, headers: OCTETS, body: half }, 1_000_000);
      // The server may learn of the break while the next request is on its way, and then refuses that one.
      for (let attempt = 0; ; attempt++) {
        const asked = await http.get(location);
        const last = Number(headerOf(asked, 'range')?.slice(2));
        const from = last === 0 ? 0 : last + 1;
        const answer = await sendChunk(repository, locationOf(asked), blob, from, 1_000_000);
        if (answer.status !== 202 && attempt < 50) {
          expectRefusal(answer, [409, 416], 'BLOB_UPLOAD_INVALID');
          continue;
        }
        location = expectAccepted(answer, 1_000_000);
        break;
      }
      await close(repository, location, blob);
    },
  },
  ...(['GET', 'PATCH', 'PUT', 'DELETE'] as const).map((method) => ({
    says: `404 BLOB_UPLOAD_UNKNOWN when a session is over: ${method}`,
    test: async ({ http, repository }: Subject) => {
      const blob = newBlob();
      const location = await repository.startUpload();
      expectStatus(await http.put(withDigest(location, blob.digest), { headers: OCTETS, body: blob.bytes }), 201);
      const target = method === 'PUT' ? withDigest(location, blob.digest) : location;
      const body = ['PATCH', 'PUT'].includes(method) ? { headers: OCTETS, body: blob.bytes } : {};
      expectRefusal(await http.send({ method, target, ...body }), 404, 'BLOB_UPLOAD_UNKNOWN');
    },
  })),
]);

const cancel = rowsOf(
  'Cancel a blob upload',
  '019',
  [0, CHUNK].map((received) => ({
    covers: ['cancel.no-content' as const],
    says: `end-14: DELETE of a session that has received ${received} bytes gives 204, and the session is gone`,
    test: async ({ http, repository }: Subject) => {
      const blob = newBlob(CHUNK);
      let location = await repository.startUpload();
      if (received > 0) location = expectAccepted(await sendChunk(repository, location, blob, 0), CHUNK);
      expectStatus(await http.delete(location), 204);
      expectRefusal(await http.get(location), 404, 'BLOB_UPLOAD_UNKNOWN');
      expectRefusal(await sendChunk(repository, location, blob, 0), 404, 'BLOB_UPLOAD_UNKNOWN');
      expectRefusal(await http.put(withDigest(location, blob.digest)), 404, 'BLOB_UPLOAD_UNKNOWN');
      expectRefusal(await http.delete(location), 404, 'BLOB_UPLOAD_UNKNOWN');
      await expectAbsent(repository, blob.digest);
    },
  })),
);

export const blobChunkRows: readonly Row[] = [...inOrder, ...malformed, ...outOfOrder, ...status, ...cancel];
