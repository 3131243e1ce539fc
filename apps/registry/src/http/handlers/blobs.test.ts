import { digestOf } from '@squizzle/oci-spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentOf, patternOf, pushBlob } from '../../../test/http/content.ts';
import { startTestServer, type TestServer } from '../../../test/http/test-server.ts';

const SMALL = contentOf('hello');
/** Two whole buffers of a download and a bit. */
const LARGE = patternOf(2 * 256 * 1024 + 77);
const EMPTY = contentOf('');
const MISSING = contentOf('never pushed');

let server: TestServer;
const at = (digest: string, repository = 'team/app'): string => `/v2/${repository}/blobs/${digest}`;

beforeAll(async () => {
  server = await startTestServer();
  for (const content of [SMALL, LARGE, EMPTY]) await pushBlob(server, 'team/app', content);
});
afterAll(() => server[Symbol.asyncDispose]());

describe('GET', () => {
  it.each([
    { content: SMALL, why: 'in one piece' },
    { content: LARGE, why: 'in several' },
    { content: EMPTY, why: 'of no byte' },
  ])('gives the blob, $why, with all that is known of it', async ({ content: { bytes, digest } }) => {
    const answer = await server.send('GET', at(digest));
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'content-length': String(bytes.byteLength),
        'content-type': 'application/octet-stream',
        'docker-content-digest': digest,
        etag: `"${digest}"`,
        'accept-ranges': 'bytes',
        'cache-control': 'max-age=31536000, immutable',
        'docker-distribution-api-version': 'registry/2.0',
        'x-content-type-options': 'nosniff',
      },
    });
    expect(answer.body.equals(bytes)).toBe(true);
  });

  it('answers in the algorithm it was asked by', async () => {
    const digest = digestOf(SMALL.bytes, 'sha512');
    await pushBlob(server, 'team/app', { ...SMALL, digest });
    expect(await server.send('GET', at(digest))).toMatchObject({
      status: 200,
      text: 'hello',
      headers: { 'docker-content-digest': digest },
    });
  });

  it.each([
    { method: 'GET', path: at(MISSING.digest), why: 'that nobody pushed' },
    { method: 'HEAD', path: at(MISSING.digest), why: 'that nobody pushed' },
    { method: 'GET', path: at(SMALL.digest, 'other'), why: 'that another repository has' },
    { method: 'HEAD', path: at(SMALL.digest, 'other'), why: 'that another repository has' },
    { method: 'DELETE', path: at(SMALL.digest, 'other'), why: 'that another repository has' },
  ])('$method of a blob $why is 404', async ({ method, path }) => {
    const answer = await server.send(method, path);
    expect(answer).toMatchObject({ status: 404, headers: { 'cache-control': 'no-store' } });
    expect(answer.text === '' || answer.errorCode() === 'BLOB_UNKNOWN').toBe(true);
  });
});

describe('HEAD', () => {
  it.each([SMALL, LARGE, EMPTY])('tells of $bytes.length bytes and sends none', async ({ bytes, digest }) => {
    const answer = await server.send('HEAD', at(digest));
    expect(answer).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': String(bytes.byteLength), 'docker-content-digest': digest, etag: `"${digest}"` },
    });
  });

  it('has no ranges', async () => {
    const answer = await server.send('HEAD', at(SMALL.digest), { headers: { Range: 'bytes=0-1' } });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '5' } });
  });
});

describe('Range', () => {
  const size = LARGE.bytes.byteLength;
  it.each([
    { range: 'bytes=0-0', from: 0, to: 1, why: 'one byte' },
    { range: `bytes=100-${256 * 1024 + 200}`, from: 100, to: 256 * 1024 + 201, why: 'across two buffers' },
    { range: 'bytes=300000-', from: 300_000, to: size, why: 'to the end' },
    { range: 'bytes=-70000', from: size - 70_000, to: size, why: 'the end' },
    { range: `bytes=${size - 1}-${size + 9}`, from: size - 1, to: size, why: 'clipped' },
  ])('$range: $why', async ({ range, from, to }) => {
    const answer = await server.send('GET', at(LARGE.digest), { headers: { Range: range } });
    expect(answer).toMatchObject({
      status: 206,
      headers: { 'content-range': `bytes ${from}-${to - 1}/${size}`, 'content-length': String(to - from) },
    });
    expect(answer.body.equals(LARGE.bytes.subarray(from, to))).toBe(true);
  });

  it('that lies outside is 416, and the connection lives on', async () => {
    const refused = await server.send('GET', at(LARGE.digest), { headers: { Range: `bytes=${size}-` } });
    expect(refused).toMatchObject({ status: 416, headers: { 'content-range': `bytes */${size}` } });
    const next = await server.send('GET', at(SMALL.digest));
    expect(next).toMatchObject({ status: 200, clientPort: refused.clientPort });
  });

  it('counts only while the content is the same', async () => {
    const headers = { Range: 'bytes=0-0', 'If-Range': '"other"' };
    expect(await server.send('GET', at(SMALL.digest), { headers })).toMatchObject({ status: 200, text: 'hello' });
  });
});

describe('If-None-Match', () => {
  it.each(['GET', 'HEAD'])('spares a %s of what the client has', async (method) => {
    const headers = { 'If-None-Match': `"${SMALL.digest}"` };
    const answer = await server.send(method, at(SMALL.digest), { headers });
    expect(answer).toMatchObject({ status: 304, text: '', headers: { etag: `"${SMALL.digest}"` } });
    expect(answer.headers['content-length']).toBeUndefined();
  });

  it('does not make a missing blob present', async () => {
    const headers = { 'If-None-Match': '*' };
    expect(await server.send('GET', at(MISSING.digest), { headers })).toMatchObject({ status: 404 });
  });
});

it('DELETE takes the blob from its repository alone', async () => {
  const content = contentOf('to be deleted');
  await pushBlob(server, 'one', content);
  await pushBlob(server, 'two', content);
  expect(await server.send('DELETE', at(content.digest, 'one'))).toMatchObject({ status: 202 });
  expect(await server.send('GET', at(content.digest, 'one'))).toMatchObject({ status: 404 });
  expect(await server.send('GET', at(content.digest, 'two'))).toMatchObject({ status: 200 });
});
