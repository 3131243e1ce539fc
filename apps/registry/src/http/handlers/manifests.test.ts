import { digestOf, LIMITS, MEDIA_TYPES } from '@squizzle/oci-spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentOf, EMPTY_CONFIG, manifestOf, pushBlob, pushManifest } from '../../../test/http/content.ts';
import { startTestServer, type TestServer } from '../../../test/http/test-server.ts';

const FIRST = manifestOf();
const SECOND = manifestOf({ annotations: { version: '2' } });

let server: TestServer;
const at = (reference: string, repository = 'team/app'): string => `/v2/${repository}/manifests/${reference}`;
const put = (reference: string, { bytes }: { bytes: Buffer }, headers = {}) =>
  server.send('PUT', at(reference), { body: bytes, headers });

beforeAll(async () => {
  server = await startTestServer();
  await pushManifest(server, 'team/app', 'v1', FIRST);
});
afterAll(() => server[Symbol.asyncDispose]());

describe('GET and HEAD', () => {
  it.each([
    { by: 'tag', reference: 'v1', cache: 'no-cache', vary: 'Accept' },
    { by: 'digest', reference: FIRST.digest, cache: 'max-age=31536000, immutable', vary: undefined },
  ])('by $by give exactly what was pushed', async ({ reference, cache, vary }) => {
    const headers = {
      'content-type': MEDIA_TYPES.ociManifest,
      'content-length': String(FIRST.bytes.byteLength),
      'docker-content-digest': FIRST.digest,
      etag: `"${FIRST.digest}"`,
      'cache-control': cache,
    };
    const got = await server.send('GET', at(reference));
    expect(got).toMatchObject({ status: 200, headers, text: FIRST.bytes.toString() });
    expect(got.headers.vary).toBe(vary);
    expect(await server.send('HEAD', at(reference))).toMatchObject({ status: 200, headers, text: '' });
  });

  it.each(['nothing', '.INVALID', contentOf('x').digest])('of %s is 404', async (reference) => {
    expect(await server.send('HEAD', at(reference))).toMatchObject({ status: 404, text: '' });
    const got = await server.send('GET', at(reference));
    expect(got.status).toBe(404);
    expect(got.errorCode()).toBe('MANIFEST_UNKNOWN');
  });

  it('of another type than is accepted name both types', async () => {
    const answer = await server.send('GET', at('v1'), { headers: { Accept: MEDIA_TYPES.dockerManifest } });
    expect(answer.status).toBe(406);
    expect(answer.text).toContain(MEDIA_TYPES.dockerManifest);
    expect(answer.json()).toMatchObject({ errors: [{ detail: { mediaType: MEDIA_TYPES.ociManifest } }] });
  });

  it('take several Accept headers', async () => {
    const headers = { Accept: [MEDIA_TYPES.ociIndex, MEDIA_TYPES.ociManifest] };
    expect(await server.send('GET', at('v1'), { headers })).toMatchObject({ status: 200 });
  });

  it('spare the client what it has', async () => {
    const headers = { 'If-None-Match': `W/"${FIRST.digest}"` };
    expect(await server.send('GET', at('v1'), { headers })).toMatchObject({ status: 304, text: '' });
  });
});

describe('PUT', () => {
  it('by tag answers where the manifest is from now on', async () => {
    const answer = await put('put-by-tag', SECOND);
    expect(answer).toMatchObject({
      status: 201,
      text: '',
      headers: { location: at(SECOND.digest), 'docker-content-digest': SECOND.digest },
    });
    expect(answer.headers).not.toHaveProperty('oci-tag');
    expect(answer.headers).not.toHaveProperty('oci-subject');
    expect(await server.send('GET', answer.headers.location ?? '')).toMatchObject({ text: SECOND.bytes.toString() });
  });

  it('by digest makes the tags it is asked for', async () => {
    const tags = Array.from({ length: 12 }, (_, number) => `t${number}`);
    const answer = await put(`${SECOND.digest}?${tags.map((tag) => `tag=${tag}`).join('&')}`, SECOND);
    expect(answer).toMatchObject({ status: 201, headers: { 'oci-tag': tags.join(', ') } });
    expect(await server.send('HEAD', at('t11'))).toMatchObject({
      status: 200,
      headers: { 'docker-content-digest': SECOND.digest },
    });
  });

  it('by sha512 is known by sha512', async () => {
    const digest = digestOf(SECOND.bytes, 'sha512');
    const answer = await put(`${digest}?tag=long`, SECOND);
    expect(answer).toMatchObject({ status: 201, headers: { 'docker-content-digest': digest, location: at(digest) } });
    expect(await server.send('GET', at('long'))).toMatchObject({ headers: { 'docker-content-digest': digest } });
  });

  it('takes note of a subject, which may be missing', async () => {
    const subject = { mediaType: MEDIA_TYPES.ociManifest, digest: contentOf('missing').digest, size: 7 };
    const answer = await put('with-subject', manifestOf({ subject }));
    expect(answer).toMatchObject({ status: 201, headers: { 'oci-subject': subject.digest } });
  });

  it('ignores parameters of the Content-Type', async () => {
    const headers = { 'Content-Type': `${MEDIA_TYPES.ociManifest}; charset=utf-8` };
    expect(await put('parameters', FIRST, headers)).toMatchObject({ status: 201 });
    expect(await server.send('HEAD', at('parameters'))).toMatchObject({
      headers: { 'content-type': MEDIA_TYPES.ociManifest },
    });
  });

  it.each([
    {
      reference: FIRST.digest,
      content: SECOND,
      status: 400,
      code: 'DIGEST_INVALID',
      why: 'other bytes than its digest',
    },
    { reference: 'sha256:bad', content: FIRST, status: 400, code: 'DIGEST_INVALID', why: 'a digest that is none' },
    { reference: '-x', content: FIRST, status: 400, code: 'MANIFEST_INVALID', why: 'a tag that is none' },
    { reference: 'v2?tag=v3', content: FIRST, status: 400, code: 'UNSUPPORTED', why: '?tag= on a push by tag' },
    {
      reference: `${FIRST.digest}?tag=ok&tag=-x`,
      content: FIRST,
      status: 400,
      code: 'MANIFEST_INVALID',
      why: 'a bad ?tag=',
    },
    { reference: 'v2', content: contentOf('{}'), status: 400, code: 'MANIFEST_INVALID', why: 'no manifest' },
    { reference: 'v2', content: contentOf(''), status: 400, code: 'MANIFEST_INVALID', why: 'nothing at all' },
    {
      reference: 'v2',
      content: manifestOf({ layers: [{ mediaType: 'a/b', digest: contentOf('x').digest, size: 1 }] }),
      status: 404,
      code: 'MANIFEST_BLOB_UNKNOWN',
      why: 'a layer that is not there',
    },
  ])('refuses $why', async ({ reference, content, status, code }) => {
    const answer = await put(reference, content);
    expect({ status: answer.status, code: answer.errorCode() }).toEqual({ status, code });
  });

  it('refuses another type than the document says', async () => {
    const answer = await put('v2', FIRST, { 'Content-Type': MEDIA_TYPES.ociIndex });
    expect(answer.status).toBe(400);
    expect(answer.errorCode()).toBe('MANIFEST_INVALID');
  });

  it.each([
    { reference: 'v1', headers: { 'If-None-Match': '*' }, status: 412, why: 'the tag is there' },
    { reference: 'new', headers: { 'If-Match': '*' }, status: 412, why: 'the tag is not there' },
    {
      reference: 'v1',
      headers: { 'If-Match': `"${SECOND.digest}"` },
      status: 412,
      why: 'the tag names another manifest',
    },
    { reference: 'v1', headers: { 'If-Match': `"${FIRST.digest}"` }, status: 201, why: 'the tag names this one' },
    { reference: `${FIRST.digest}?tag=v1`, headers: { 'If-None-Match': '*' }, status: 412, why: 'the same for ?tag=' },
    { reference: 'v1', headers: { 'If-Match': 'v1' }, status: 400, why: 'a condition that is none' },
  ])('$reference with $headers is $status: $why', async ({ reference, headers, status }) => {
    expect(await put(reference, FIRST, headers)).toMatchObject({ status });
  });
});

describe('a large manifest', () => {
  const padded = (sizeBytes: number): { bytes: Buffer } => {
    const annotations: Record<string, string> = {};
    const filled = (count: number): Buffer =>
      manifestOf({ annotations: { ...annotations, last: 'x'.repeat(count) } }).bytes;
    return { bytes: filled(sizeBytes - filled(0).byteLength) };
  };

  it('of just 4 MiB is taken', async () => {
    expect(await put('large', padded(LIMITS.manifestBytes))).toMatchObject({ status: 201 });
  });

  it('of a byte more is refused by its Content-Length', async () => {
    const answer = await put('large', padded(LIMITS.manifestBytes + 1));
    expect(answer.status).toBe(413);
    expect(answer.errorCode()).toBe('MANIFEST_INVALID');
  });

  it('of unknown length is refused once it is too long', async () => {
    const answer = await put('large', padded(LIMITS.manifestBytes + 1), { 'Transfer-Encoding': 'chunked' });
    expect(answer.status).toBe(413);
  });
});

describe('DELETE', () => {
  it('by tag takes the tag alone', async () => {
    await put('doomed', FIRST);
    expect(await server.send('DELETE', at('doomed'))).toMatchObject({ status: 202 });
    expect(await server.send('GET', at('doomed'))).toMatchObject({ status: 404 });
    expect(await server.send('GET', at(FIRST.digest))).toMatchObject({ status: 200 });
  });

  it('by digest takes the manifest and its tags', async () => {
    const content = manifestOf({ annotations: { to: 'go' } });
    await put('going', content);
    expect(await server.send('DELETE', at(content.digest))).toMatchObject({ status: 202 });
    for (const reference of [content.digest, 'going']) {
      expect(await server.send('HEAD', at(reference))).toMatchObject({ status: 404 });
    }
    expect(await server.send('DELETE', at(content.digest))).toMatchObject({ status: 404 });
  });
});

it('a manifest is in the repository it was pushed to', async () => {
  await pushBlob(server, 'other', EMPTY_CONFIG);
  expect(await server.send('GET', at('v1', 'other'))).toMatchObject({ status: 404 });
});
