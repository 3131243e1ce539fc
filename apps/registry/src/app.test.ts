import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Access } from './auth/access.ts';
import { contentOf, manifestOf, pushBlob, pushManifest } from '../test/http/content.ts';
import { startTestServer, type TestServer } from '../test/http/test-server.ts';
import { RegistryError } from './registry-error.ts';
import { createMemoryStore } from './storage/memory/memory-store.ts';

const UUID = '00000000-0000-4000-8000-000000000000';
const { digest: DIGEST } = contentOf('x');

describe('what leads nowhere', () => {
  it.each([
    { method: 'GET', path: '/', status: 404, why: 'nothing of ours' },
    { method: 'GET', path: '/v2/a/other', status: 404, why: 'no such endpoint' },
    { method: 'GET', path: '/v2/A/tags/list', status: 400, why: 'no name' },
    { method: 'POST', path: '/v2/', status: 405, why: 'another method' },
    { method: 'OPTIONS', path: '/v2/', status: 405, why: 'nothing to negotiate' },
  ])('$method $path is $status in JSON: $why', async ({ method, path, status }) => {
    await using server = await startTestServer();
    const answer = await server.send(method, path);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/json' } });
    expect(answer.errorCode()).toMatch(/^[A-Z_]+$/);
    expect(answer.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined);
  });

  it.each(['DELETE', 'PUT', 'POST', 'PATCH'])('a read-only registry takes no %s', async (method) => {
    await using server = await startTestServer({ readOnly: true });
    const path = method === 'POST' ? '/v2/a/blobs/uploads/' : `/v2/a/blobs/uploads/${UUID}`;
    const answer = await server.send(method, path, { body: 'x' });
    expect(answer.status).toBe(405);
    expect(answer.errorCode()).toBe('UNSUPPORTED');
  });

  it.each([`manifests/${DIGEST}`, 'manifests/v1', `blobs/${DIGEST}`])(
    'deletion switched off keeps %s',
    async (path) => {
      await using server = await startTestServer({ deleteEnabled: false });
      await pushManifest(server, 'a', 'v1', manifestOf());
      expect(await server.send('DELETE', `/v2/a/${path}`)).toMatchObject({ status: 405 });
      expect(await server.send('GET', '/v2/a/manifests/v1')).toMatchObject({ status: 200 });
    },
  );
});

describe('access', () => {
  const REPOSITORY = '/v2/team/app';
  /** Lets `user` do `allowed` in team/app; `Authorization` is the name itself. */
  const only = (...allowed: string[]): Access => ({
    identify: (authorization) =>
      authorization === 'nobody'
        ? Promise.reject(
            new RegistryError('UNAUTHORIZED', 'log in', { headers: { 'WWW-Authenticate': 'Basic realm="r"' } }),
          )
        : Promise.resolve({ user: authorization }),
    allows: (caller, action, repository) =>
      caller.user === 'user' && (repository === undefined || repository === 'team/app') && allowed.includes(action),
  });

  it.each(['GET', 'HEAD', 'DELETE'])(
    '%s of a blob that is not there is 404 whatever it is compared with',
    async (method) => {
      await using server = await startTestServer();
      const answer = await server.send(method, `/v2/a/blobs/${DIGEST}`, { headers: { 'if-match': '"other"' } });
      expect(answer.status).toBe(404);
    },
  );

  it.each([
    { authorization: undefined, hint: 'Basic realm="r"', why: 'a name could do more' },
    { authorization: 'user', hint: undefined, why: 'there is a name already' },
  ])('/v2/ answers $authorization with the challenge $hint: $why', async ({ authorization, hint }) => {
    await using server = await startTestServer({ access: { ...only('pull'), challenge: 'Basic realm="r"' } });
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await server.send('GET', '/v2/', { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['www-authenticate']).toBe(hint);
  });

  it.each([
    { method: 'GET', path: '/v2/_catalog', needs: 'catalog' },
    { method: 'GET', path: `${REPOSITORY}/tags/list`, needs: 'pull' },
    { method: 'GET', path: `${REPOSITORY}/referrers/${DIGEST}`, needs: 'pull' },
    { method: 'GET', path: `${REPOSITORY}/manifests/v1`, needs: 'pull' },
    { method: 'HEAD', path: `${REPOSITORY}/blobs/${DIGEST}`, needs: 'pull' },
    { method: 'PUT', path: `${REPOSITORY}/manifests/v1`, needs: 'push' },
    { method: 'POST', path: `${REPOSITORY}/blobs/uploads/`, needs: 'push' },
    { method: 'GET', path: `${REPOSITORY}/blobs/uploads/${UUID}`, needs: 'push' },
    { method: 'PATCH', path: `${REPOSITORY}/blobs/uploads/${UUID}`, needs: 'push' },
    { method: 'DELETE', path: `${REPOSITORY}/blobs/uploads/${UUID}`, needs: 'push' },
    { method: 'DELETE', path: `${REPOSITORY}/manifests/v1`, needs: 'delete' },
    { method: 'DELETE', path: `${REPOSITORY}/blobs/${DIGEST}`, needs: 'delete' },
  ])('$method $path needs $needs', async ({ method, path, needs }) => {
    const all = ['pull', 'push', 'delete', 'catalog'];
    await using may = await startTestServer({ access: only(needs) });
    await using mayNot = await startTestServer({ access: only(...all.filter((action) => action !== needs)) });
    const headers = { Authorization: 'user' };
    expect((await may.send(method, path, { headers })).status).not.toBe(403);
    expect((await mayNot.send(method, path, { headers })).status).toBe(403);
  });

  it('of a caller who is not let in is 401 with the challenge, also at /v2/', async () => {
    await using server = await startTestServer({ access: only('pull') });
    for (const path of ['/v2/', `${REPOSITORY}/tags/list`]) {
      const answer = await server.send('GET', path, { headers: { Authorization: 'nobody' } });
      expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } });
      expect(answer.errorCode()).toBe('UNAUTHORIZED');
    }
  });

  it.each([
    { challenge: 'Basic realm="r"', authorization: undefined, status: 401, why: 'with a name it might be allowed' },
    { challenge: 'Basic realm="r"', authorization: 'other', status: 403, why: 'the name is known' },
    { challenge: undefined, authorization: undefined, status: 403, why: 'nobody has a name' },
  ])('refused to $authorization is $status: $why', async ({ challenge, authorization, status }) => {
    const access = { ...only('pull'), ...(challenge !== undefined && { challenge }) };
    await using server = await startTestServer({ access });
    const headers = authorization === undefined ? {} : { Authorization: authorization };
    const answer = await server.send('GET', `${REPOSITORY}/tags/list`, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? challenge : undefined);
  });
});

describe('a fault of the storage', () => {
  const broken = { ...createMemoryStore() };
  const fail = (): Promise<never> => Promise.reject(new Error('EIO: /var/lib/registry/blobs'));

  it('is told to the operator, not to the client', async () => {
    const store = { ...broken, manifests: { ...broken.manifests, resolve: fail } };
    await using server = await startTestServer({ store });
    const answer = await server.send('GET', '/v2/a/manifests/v1');
    const id = answer.headers['x-request-id'];
    expect(answer.status).toBe(500);
    expect(answer.json()).toEqual({
      errors: [{ code: 'UNKNOWN', message: 'internal error', detail: { requestId: id } }],
    });
    expect(server.log.find(({ message }) => message === 'request failed')).toMatchObject({
      level: 'error',
      fields: {
        id,
        error: 'UNKNOWN',
        message: 'EIO: /var/lib/registry/blobs',
        stack: expect.stringContaining('app.test') as string,
      },
    });
  });

  it.each([
    { kind: 'STORAGE_FULL', status: 507 },
    { kind: 'UNAVAILABLE', status: 503 },
  ] as const)('that it knows by name, $kind, is $status', async ({ kind, status }) => {
    const create = (): Promise<never> => Promise.reject(new RegistryError(kind, 'why'));
    const store = { ...broken, uploads: { ...broken.uploads, create } };
    await using server = await startTestServer({ store });
    expect(await server.send('POST', '/v2/a/blobs/uploads/')).toMatchObject({ status });
  });
});

describe('the log', () => {
  const lineOf = (server: TestServer): unknown => server.log.at(-1);

  it('has one line for a request, with what it cost', async () => {
    let now = 100;
    await using server = await startTestServer({ now: () => (now += 12.3456) });
    await pushManifest(server, 'team/app', 'v1', manifestOf());
    const headers = { 'X-Request-Id': 'abc-1', 'User-Agent': 'a'.repeat(300), Authorization: 'Basic c2VjcmV0' };
    await server.send('GET', '/v2/team/app/manifests/v1?token=secret', { headers });
    expect(lineOf(server)).toEqual({
      level: 'info',
      message: 'request',
      fields: {
        id: 'abc-1',
        method: 'GET',
        path: '/v2/team/app/manifests/v1',
        route: 'manifest',
        repository: 'team/app',
        status: 200,
        bytesIn: 0,
        bytesOut: manifestOf().bytes.byteLength,
        ms: 12.35,
        remote: '127.0.0.1',
        user: undefined,
        agent: 'a'.repeat(128),
        error: undefined,
      },
    });
    expect(JSON.stringify(server.log)).not.toContain('secret');
  });

  it.each([
    {
      method: 'GET',
      path: '/v2/a/manifests/none',
      fields: { status: 404, error: 'MANIFEST_UNKNOWN', repository: 'a' },
    },
    { method: 'GET', path: '/nowhere', fields: { status: 404, error: 'ROUTE_UNKNOWN', route: undefined } },
    { method: 'HEAD', path: '/v2/', fields: { status: 200, route: 'base', bytesOut: 0 } },
  ])('of $method $path says $fields', async ({ method, path, fields }) => {
    await using server = await startTestServer();
    await server.send(method, path);
    expect(lineOf(server)).toMatchObject({ level: 'info', fields });
  });

  it('counts what came in and names who sent it', async () => {
    const access = { identify: () => Promise.resolve({ user: 'alice' }), allows: () => true };
    await using server = await startTestServer({ access });
    await pushBlob(server, 'a', contentOf('12345'));
    expect(lineOf(server)).toMatchObject({ fields: { bytesIn: 5, bytesOut: 0, user: 'alice', status: 201 } });
  });

  it('shows health checks to those alone who debug, and nothing when it is off', async () => {
    await using server = await startTestServer();
    await server.send('GET', '/health');
    expect(lineOf(server)).toMatchObject({ level: 'debug', fields: { route: 'health' } });
    await using silent = await startTestServer({ accessLog: false });
    await silent.send('GET', '/v2/');
    expect(silent.log).toEqual([]);
  });
});

it('each answer carries the id it is logged by', async () => {
  await using server = await startTestServer();
  const given = await server.send('GET', '/v2/', { headers: { 'X-Request-Id': 'my-1' } });
  const made = await server.send('GET', '/nowhere', { headers: { 'X-Request-Id': 'no good' } });
  expect(given.headers['x-request-id']).toBe('my-1');
  expect(server.log.map(({ fields }) => fields['id'])).toEqual(['my-1', made.headers['x-request-id']]);
});

describe('a client that takes nothing of an answer', () => {
  it('is cut off, also when the answer was written whole', async () => {
    await using server = await startTestServer({ limits: { sendIdleMs: 200 } });
    const manifest = manifestOf({ annotations: { padding: 'x'.repeat(3_000_000) } });
    await pushManifest(server, 'a', 'v1', manifest);
    const client = await server.connect();
    client.socket.pause();
    // More than the system holds between the two.
    client.write('GET /v2/a/manifests/v1 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(10));
    // Time has to pass: nothing else is what a client does that takes nothing.
    await delay(1_000);
    client.socket.resume();
    const answers = await client.closed();
    expect(answers.split('HTTP/1.1 200').length - 1).toBeLessThan(10);
  });
});
