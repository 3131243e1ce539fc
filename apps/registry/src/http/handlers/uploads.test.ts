import { digestOf } from '@squizzle/oci-spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentOf, patternOf, pushBlob } from '../../../test/http/content.ts';
import { startTestServer, type Answer, type TestServer } from '../../../test/http/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const START = '/v2/team/app/blobs/uploads/';
const start = async (query = ''): Promise<string> => locationOf(await server.send('POST', `${START}${query}`));
const locationOf = ({ headers }: Answer): string => headers.location ?? 'no location';
const blob = (digest: string, repository = 'team/app'): string => `/v2/${repository}/blobs/${digest}`;
const patch = (location: string, body: string, range?: string): Promise<Answer> =>
  server.send('PATCH', location, { body, headers: range === undefined ? {} : { 'Content-Range': range } });

describe('starting', () => {
  it('tells where to upload to', async () => {
    const answer = await server.send('POST', START);
    const id = answer.headers['docker-upload-uuid'];
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer).toMatchObject({
      status: 202,
      text: '',
      headers: {
        location: `${START}${String(id)}`,
        range: '0-0',
        'oci-chunk-min-length': '1',
        'content-length': '0',
        'docker-distribution-api-version': 'registry/2.0',
      },
    });
  });

  it.each([
    { query: '?digest-algorithm=md5', why: 'an algorithm that cannot be verified' },
    { query: '?digest=sha256:bad', why: 'a digest that is none' },
    { query: '?digest=', why: 'an empty digest' },
    { query: '?mount=sha256:bad&from=a', why: 'a digest that is none to be mounted' },
  ])('refuses $query: $why', async ({ query }) => {
    const answer = await server.send('POST', `${START}${query}`);
    expect(answer.status).toBe(400);
    expect(answer.errorCode()).toBe('DIGEST_INVALID');
  });

  it('refuses a name that is none to be mounted from', async () => {
    const answer = await server.send('POST', `${START}?mount=${contentOf('x').digest}&from=../etc`);
    expect(answer.status).toBe(400);
    expect(answer.errorCode()).toBe('NAME_INVALID');
  });
});

describe('a single POST', () => {
  it.each([
    { content: contentOf('whole'), why: 'some bytes' },
    { content: contentOf(''), why: 'none' },
    { content: { bytes: Buffer.from('long'), digest: digestOf(Buffer.from('long'), 'sha512') }, why: 'by sha512' },
  ])('stores the blob: $why', async ({ content: { bytes, digest } }) => {
    const answer = await server.send('POST', `${START}?digest=${digest}`, { body: bytes });
    expect(answer).toMatchObject({ status: 201, headers: { location: blob(digest), 'docker-content-digest': digest } });
    expect((await server.send('GET', blob(digest))).body.equals(bytes)).toBe(true);
  });

  it('stores nothing under a wrong digest', async () => {
    const { digest } = contentOf('right');
    const answer = await server.send('POST', `${START}?digest=${digest}`, { body: 'wrong' });
    expect(answer.status).toBe(400);
    expect(answer.errorCode()).toBe('DIGEST_INVALID');
    expect(await server.send('HEAD', blob(digest))).toMatchObject({ status: 404 });
  });
});

describe('a session', () => {
  it('takes the whole blob with the closing PUT', async () => {
    const { bytes, digest } = patternOf(300_000);
    const location = await start();
    const answer = await server.send('PUT', `${location}?digest=${digest}`, { body: bytes });
    expect(answer).toMatchObject({ status: 201, headers: { location: blob(digest), 'docker-content-digest': digest } });
    expect((await server.send('GET', blob(digest))).body.equals(bytes)).toBe(true);
    expect(await server.send('GET', location)).toMatchObject({ status: 404 });
  });

  it('takes chunks in order, the last one with the closing PUT, and tells how far it came', async () => {
    const { digest } = contentOf('abcdefgh');
    const location = await start('?digest-algorithm=sha256');
    expect(await patch(location, 'abc', '0-2')).toMatchObject({ status: 202, headers: { range: '0-2', location } });
    expect(await patch(location, 'de', '3-4')).toMatchObject({
      status: 202,
      headers: { range: '0-4', 'content-length': '0' },
    });
    const id = location.slice(START.length);
    for (const method of ['GET', 'HEAD']) {
      const status = await server.send(method, location);
      expect(status).toMatchObject({ status: 204, headers: { range: '0-4', location, 'docker-upload-uuid': id } });
    }
    const headers = { 'Content-Range': '5-7' };
    expect(await server.send('PUT', `${location}?digest=${digest}`, { body: 'fgh', headers })).toMatchObject({
      status: 201,
    });
    expect(await server.send('GET', blob(digest))).toMatchObject({ text: 'abcdefgh' });
  });

  it.each([
    { headers: {}, why: 'of a length said' },
    { headers: { 'Transfer-Encoding': 'chunked' }, why: 'of a length not said' },
  ])('takes a stream without Content-Range, $why', async ({ headers }) => {
    const location = await start();
    expect(await server.send('PATCH', location, { body: 'stre', headers })).toMatchObject({
      status: 202,
      headers: { range: '0-3' },
    });
    expect(await server.send('PATCH', location, { body: 'am', headers })).toMatchObject({
      status: 202,
      headers: { range: '0-5' },
    });
    const closed = await server.send('PUT', `${location}?digest=${contentOf('stream').digest}`);
    expect(closed).toMatchObject({ status: 201 });
  });

  it('is ended by a DELETE', async () => {
    const location = await start();
    expect(await server.send('DELETE', location)).toMatchObject({ status: 204, text: '' });
    for (const method of ['GET', 'DELETE', 'PATCH']) {
      expect(await server.send(method, location)).toMatchObject({ status: 404 });
    }
  });

  it('belongs to its repository', async () => {
    const location = await start();
    const elsewhere = location.replace('team/app', 'other');
    expect(await server.send('GET', elsewhere)).toMatchObject({ status: 404 });
    expect(await patch(elsewhere, 'x')).toMatchObject({ status: 404 });
    expect(await server.send('GET', location)).toMatchObject({ status: 204 });
  });

  it('with a wrong digest at the end is gone, and no blob is there', async () => {
    const { digest } = contentOf('right');
    const location = await start();
    const closed = await server.send('PUT', `${location}?digest=${digest}`, { body: 'wrong' });
    expect(closed.errorCode()).toBe('DIGEST_INVALID');
    expect(await server.send('GET', location)).toMatchObject({ status: 404 });
    expect(await server.send('HEAD', blob(digest))).toMatchObject({ status: 404 });
  });

  it('is not closed without a digest, nor by one that is none', async () => {
    const location = await start();
    for (const query of ['', '?digest=', '?digest=sha256:short', `?digest=md5:${'f'.repeat(32)}`]) {
      const answer = await server.send('PUT', `${location}${query}`);
      expect(answer.status).toBe(400);
      expect(answer.errorCode()).toBe('DIGEST_INVALID');
    }
    expect(await server.send('GET', location)).toMatchObject({ status: 204 });
  });
});

describe('a chunk that cannot be taken', () => {
  it.each([
    { method: 'PATCH', range: '5-6', why: 'skips bytes' },
    { method: 'PATCH', range: '0-1', why: 'comes again' },
    { method: 'PUT', range: '5-6', why: 'skips bytes at the end' },
  ])('$method $range: $why', async ({ method, range }) => {
    const location = await start();
    await patch(location, 'abc', '0-2');
    const query = method === 'PUT' ? `?digest=${contentOf('abcxy').digest}` : '';
    const headers = { 'Content-Range': range };
    const refused = await server.send(method, `${location}${query}`, { body: 'xy', headers });
    expect(refused).toMatchObject({
      status: 416,
      headers: { range: '0-2', location, 'docker-upload-uuid': location.slice(START.length) },
    });
    expect(await patch(location, 'de', '3-4')).toMatchObject({ status: 202, headers: { range: '0-4' } });
  });

  it('the first one not from 0', async () => {
    const location = await start();
    expect(await patch(location, 'abc', '1-3')).toMatchObject({ status: 416, headers: { range: '0-0' } });
  });

  it.each([
    { range: '2-0', code: 'BLOB_UPLOAD_INVALID', why: 'reversed' },
    { range: 'bytes 0-2/3', code: 'BLOB_UPLOAD_INVALID', why: 'as responses write it' },
    { range: '0-', code: 'BLOB_UPLOAD_INVALID', why: 'no end' },
    { range: `0-${'9'.repeat(20)}`, code: 'BLOB_UPLOAD_INVALID', why: 'more than a number can hold' },
    { range: '0-3', code: 'SIZE_INVALID', why: 'longer than the body' },
    { range: '0-1', code: 'SIZE_INVALID', why: 'shorter than the body' },
  ])('Content-Range $range: $why', async ({ range, code }) => {
    const location = await start();
    const refused = await patch(location, 'abc', range);
    expect(refused.status).toBe(400);
    expect(refused.errorCode()).toBe(code);
    expect(await server.send('GET', location)).toMatchObject({ headers: { range: '0-0' } });
  });

  it('of another length than its range, when its own is not said', async () => {
    const location = await start();
    const headers = { 'Content-Range': '0-9', 'Transfer-Encoding': 'chunked' };
    const refused = await server.send('PATCH', location, { body: 'abc', headers });
    expect(refused.errorCode()).toBe('SIZE_INVALID');
    expect(await patch(location, 'abc', '0-2')).toMatchObject({ status: 202 });
  });
});

describe('mounting', () => {
  const content = contentOf('to be mounted');
  beforeAll(() => pushBlob(server, 'source', content));

  it.each([
    { to: 'mounted/one', query: `?mount=${content.digest}&from=source`, why: 'from the repository named' },
    { to: 'mounted/two', query: `?mount=${content.digest}`, why: 'from any' },
  ])('makes the blob readable $why', async ({ to, query }) => {
    const answer = await server.send('POST', `/v2/${to}/blobs/uploads/${query}`);
    const headers = { location: blob(content.digest, to), 'docker-content-digest': content.digest };
    expect(answer).toMatchObject({ status: 201, headers });
    expect(await server.send('GET', blob(content.digest, to))).toMatchObject({ text: 'to be mounted' });
  });

  it.each([
    { query: `?mount=${content.digest}&from=nowhere`, why: 'the source has no such blob' },
    { query: `?mount=${contentOf('unknown').digest}`, why: 'nobody has it' },
    { query: `?mount=${digestOf(content.bytes, 'sha512')}&from=source`, why: 'nobody has it by that digest' },
  ])('becomes an upload when $why', async ({ query }) => {
    const answer = await server.send('POST', `/v2/fallback/blobs/uploads/${query}`);
    expect(answer).toMatchObject({ status: 202, headers: { range: '0-0' } });
    const digest = new URLSearchParams(query.slice(1)).get('mount') ?? '';
    const closed = await server.send('PUT', `${locationOf(answer)}?digest=${digest}`, { body: content.bytes });
    expect(closed.status).toBe(digest === contentOf('unknown').digest ? 400 : 201);
  });

  it('is no way around what the caller may not pull', async () => {
    const access = {
      identify: () => Promise.resolve({ user: 'someone' }),
      allows: (_caller: object, action: string, repository?: string) => action === 'push' || repository !== 'source',
    };
    await using guarded = await startTestServer({ store: server.store, access });
    for (const query of [`?mount=${content.digest}&from=source`, `?mount=${contentOf('unknown').digest}`]) {
      expect(await guarded.send('POST', `/v2/thief/blobs/uploads/${query}`)).toMatchObject({ status: 202 });
    }
  });
});
