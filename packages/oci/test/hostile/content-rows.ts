/**
 * Rule 3 and the caps: what may come back, and how much of it.
 *
 * @module
 */
import { sampleBlob, sampleImage } from '@squizzle/core/testing';
import { MEDIA_TYPES } from '@squizzle/oci-spec';
import { expect } from 'vitest';
import { aimed, answering, corrupting, withHeaders } from './hostile-registry.ts';
import {
  BLOB,
  repository,
  pull,
  pullManifest,
  push,
  resolve,
  list,
  read,
  SCENE_LIMITS,
  GET_BLOB,
  UPLOAD,
  countOf,
  type Row,
} from './scene.ts';

const DIGESTS = ['sha256:../../../etc/passwd', 'sha256:abc', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'latest'];

export const DIGEST_ROWS: readonly Row[] = [
  ...DIGESTS.map((digest): Row => ({
    rule: '3',
    does: `names \`${digest}\` as a manifest’s digest`,
    outcome: '`RESPONSE_INVALID`; it is never part of a URL or a path',
    script: () => aimed({ method: 'HEAD', target: /manifests/ }, withHeaders({ 'Docker-Content-Digest': digest })),
    act: resolve,
    code: 'RESPONSE_INVALID',
  })),
  {
    rule: '3',
    does: 'acknowledges an upload with the digest of something else',
    outcome: '`DIGEST_MISMATCH`',
    script: () => aimed({ method: 'PUT', ...UPLOAD }, withHeaders({ 'Docker-Content-Digest': BLOB.descriptor.digest })),
    act: push,
    code: 'DIGEST_MISMATCH',
  },
  {
    rule: '3',
    does: 'acknowledges a manifest with the digest of something else',
    outcome: '`DIGEST_MISMATCH`',
    script: () =>
      aimed({ method: 'PUT', target: /manifests/ }, withHeaders({ 'Docker-Content-Digest': BLOB.descriptor.digest })),
    act: ({ store }) => {
      const { descriptor, bytes } = sampleImage('mine');
      return store.push(descriptor, [bytes]);
    },
    code: 'DIGEST_MISMATCH',
  },
  {
    rule: '3',
    does: 'sends a blob with a wrong byte',
    outcome: '`DIGEST_MISMATCH` at once, without asking again',
    script: () => aimed(GET_BLOB, corrupting),
    act: pull,
    code: 'DIGEST_MISMATCH',
    check: ({ registry }) => expect(countOf(registry, 'GET', GET_BLOB.target)).toBe(1),
  },
  {
    rule: '3',
    does: 'sends a manifest with a wrong byte',
    outcome: '`DIGEST_MISMATCH`',
    script: () => aimed({ method: 'GET', target: /manifests/ }, corrupting),
    act: pullManifest,
    code: 'DIGEST_MISMATCH',
  },
  {
    rule: '3',
    does: 'sends more than the descriptor says',
    outcome: '`SIZE_MISMATCH`; reading stops there',
    script: () => aimed(GET_BLOB, answering(200, {}, Buffer.concat([BLOB.bytes, Buffer.alloc(10)]))),
    act: pull,
    code: 'SIZE_MISMATCH',
  },
  {
    rule: '3',
    does: 'sends a manifest as another media type than it says itself',
    outcome: '`RESPONSE_INVALID`',
    script: () => aimed({ method: 'GET', target: /manifests/ }, withHeaders({ 'Content-Type': MEDIA_TYPES.ociIndex })),
    act: pullManifest,
    code: 'RESPONSE_INVALID',
  },
  {
    rule: '3',
    does: 'sends an image’s manifest, rightly, where an index’s was asked for',
    outcome: '`RESPONSE_INVALID`: the same bytes as something else',
    script: () => () => false,
    act: ({ store, image }) => read(store.fetch({ ...image, mediaType: MEDIA_TYPES.ociIndex })),
    code: 'RESPONSE_INVALID',
  },
  {
    rule: '3',
    does: 'compresses a blob on the way',
    outcome: '`RESPONSE_INVALID`: digests are of what was stored',
    script: () => aimed(GET_BLOB, withHeaders({ 'Content-Encoding': 'gzip' })),
    act: pull,
    code: 'RESPONSE_INVALID',
  },
];

const ONCE = sampleBlob(1_000_000, 6);
async function* once(): AsyncGenerator<Uint8Array> {
  yield ONCE.bytes;
}

const huge = (bytes: number) => Buffer.alloc(bytes, 0x20);

export const SIZE_ROWS: readonly Row[] = [
  {
    rule: 'caps',
    does: 'sends a manifest without end, under a small Content-Length of its descriptor',
    outcome: '`SIZE_MISMATCH`',
    script: () =>
      aimed(
        { method: 'GET', target: /manifests/ },
        answering(200, { 'content-type': MEDIA_TYPES.ociManifest }, huge(5_000_000)),
      ),
    act: pullManifest,
    code: 'SIZE_MISMATCH',
  },
  {
    rule: 'caps',
    does: 'answers a manifest of 5 MB where it sends no digest',
    outcome: '`TOO_LARGE` at 4 MiB',
    script: () => (request, response, at) =>
      request.method === 'HEAD'
        ? answering(405)(request, response, at)
        : answering(200, { 'content-type': MEDIA_TYPES.ociManifest }, huge(5_000_000))(request, response, at),
    act: resolve,
    code: 'TOO_LARGE',
  },
  {
    rule: 'caps',
    does: 'sends a page of tags of 9 MB',
    outcome: '`TOO_LARGE` at 8 MiB',
    script: () => aimed({ target: /tags\/list/ }, answering(200, {}, huge(9_000_000))),
    act: list,
    code: 'TOO_LARGE',
  },
  {
    rule: 'caps',
    does: 'explains an error in 10 MB',
    outcome: 'the first 64 KiB are read, and 300 characters shown',
    script: () => aimed({ target: /tags\/list/ }, answering(403, {}, huge(10_000_000))),
    act: list,
    code: 'FORBIDDEN',
  },
  {
    rule: 'caps',
    does: 'explains an error in lists inside lists, 32,000 deep',
    outcome: 'five levels are looked at',
    script: () => aimed({ target: /tags\/list/ }, answering(403, {}, '['.repeat(32_000) + ']'.repeat(32_000))),
    act: list,
    code: 'FORBIDDEN',
  },
  {
    rule: 'caps',
    does: 'explains an error in characters that a terminal obeys',
    outcome: 'they are not shown',
    script: () => aimed({ target: /tags\/list/ }, answering(403, {}, '\u009b31m\u202edetcartta\u200b')),
    act: async (scene) => {
      const thrown: unknown = await list(scene).catch((each: unknown) => each);
      expect((thrown as Error).message).not.toMatch(/\p{C}/u);
      throw thrown;
    },
    code: 'FORBIDDEN',
  },
  {
    rule: 'caps',
    does: 'sends a page of tags that is 8 MB of brackets',
    outcome: '`RESPONSE_INVALID` before it is parsed',
    script: () => aimed({ target: /tags\/list/ }, answering(200, {}, `{"tags":[${'['.repeat(8_000_000)}`)),
    act: list,
    code: 'RESPONSE_INVALID',
  },
  {
    rule: 'caps',
    does: 'sends a page of tags with 2,000,000 empty lists',
    outcome: '`RESPONSE_INVALID` before it is parsed: a million values are allowed',
    script: () => aimed({ target: /tags\/list/ }, answering(200, {}, `{"tags":[${'[],'.repeat(2_000_000)}[]]}`)),
    act: list,
    code: 'RESPONSE_INVALID',
  },
  {
    rule: 'caps',
    does: 'sends 12,000 commas where the next page should be named',
    outcome: 'passed over in one go',
    script: () => aimed({ target: /tags\/list/ }, answering(200, { link: ','.repeat(12_000) }, '{"tags":["a"]}')),
    act: async (scene) => expect(await list(scene)).toEqual(['a']),
  },
  {
    rule: 'caps',
    does: 'takes no chunk below a terabyte of what can be read once',
    outcome: '`UNSUPPORTED`: for all pushes together 64 MiB are held (here 100 kB)',
    client: { limits: { ...SCENE_LIMITS, chunkBytes: 50_000, heldBytes: 100_000 } },
    script: () => aimed({ method: 'POST', ...UPLOAD }, withHeaders({ 'OCI-Chunk-Min-Length': '999999999999' })),
    act: ({ store }) => store.push(ONCE.descriptor, once()),
    code: 'UNSUPPORTED',
  },
  {
    rule: 'caps',
    does: 'sends a token of 1 MB',
    outcome: '`TOO_LARGE` at 128 KiB',
    script:
      ({ registry }) =>
      (request, response, at) =>
        request.url?.startsWith('/token') === true
          ? answering(200, {}, JSON.stringify({ token: 'x'.repeat(1_000_000) }))(request, response, at)
          : answering(401, { 'www-authenticate': `Bearer realm="${registry.url}/token",service="x"` })(
              request,
              response,
              at,
            ),
    act: resolve,
    code: 'TOO_LARGE',
  },
  {
    rule: 'caps',
    does: 'lists tags without end',
    outcome: '`RESPONSE_INVALID` after 1,000 pages (here 100)',
    script: () => {
      let page = 0;
      return aimed({ target: /tags\/list/ }, (request, response, at) =>
        answering(200, { link: `</v2/${repository}/tags/list?page=${(page += 1)}>; rel="next"` }, '{"tags":["a"]}')(
          request,
          response,
          at,
        ),
      );
    },
    act: list,
    code: 'RESPONSE_INVALID',
    check: ({ registry }) => expect(countOf(registry, 'GET', /tags/)).toBe(100),
  },
  {
    rule: 'caps',
    does: 'names a page of tags as its own next page',
    outcome: '`RESPONSE_INVALID`',
    script: () =>
      aimed({ target: /tags\/list/ }, (request, response, at) =>
        answering(200, { link: `<${request.url ?? ''}>; rel="next"` }, '{"tags":["a"]}')(request, response, at),
      ),
    act: list,
    code: 'RESPONSE_INVALID',
  },
  {
    rule: 'caps',
    does: 'lists `null`, numbers and digests among its tags',
    outcome: 'passed over',
    script: () =>
      aimed({ target: /tags\/list/ }, answering(200, {}, `{"tags":[null,1,"${BLOB.descriptor.digest}","v1"]}`)),
    act: async (scene) => expect(await list(scene)).toEqual(['v1']),
  },
];
