import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryStore } from '../storage/memory/memory-store.ts';
import { DEFAULT_HTTP_LIMITS } from './limits.ts';
import { contentOf, patternOf } from '../../test/http/content.ts';
import { startTestServer, type TestServer } from '../../test/http/test-server.ts';

const START = '/v2/a/blobs/uploads/';
const begin = async (server: TestServer): Promise<string> =>
  (await server.send('POST', START)).headers.location ?? 'no location';
const head = (method: string, path: string, ...headers: string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');

afterEach(() => {
  vi.useRealTimers();
});

describe('a client that stops sending', () => {
  it('is told so after the idle time, and what it sent is kept', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using server = await startTestServer();
    const location = await begin(server);
    const size = async (): Promise<unknown> => (await server.send('GET', location)).headers.range;
    const client = await server.connect();
    client.write(head('PATCH', location, 'Content-Length: 10'));
    for (const [at, byte] of ['a', 'b', 'c'].entries()) {
      // Much longer than the idle time in all, never between two bytes.
      vi.advanceTimersByTime(DEFAULT_HTTP_LIMITS.bodyIdleMs - 1);
      client.write(byte);
      await expect.poll(size).toBe(`0-${at}`);
    }
    vi.advanceTimersByTime(DEFAULT_HTTP_LIMITS.bodyIdleMs);
    const answer = await client.until('"}]}');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('\r\nConnection: close\r\n');
    expect(answer).toContain('no byte of the body came for 60000 ms');
    vi.advanceTimersByTime(DEFAULT_HTTP_LIMITS.drainMs);
    await client.closed();
    expect(await server.send('GET', location)).toMatchObject({ status: 204, headers: { range: '0-2' } });
  });

  it('is told so too when it goes without a manifest', async () => {
    await using server = await startTestServer({ limits: { bodyIdleMs: 5, drainMs: 5 } });
    const client = await server.connect();
    client.write(head('PUT', '/v2/a/manifests/v1', 'Content-Length: 10'));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('a client that goes away', () => {
  it('in the midst of a chunk can go on where it was', async () => {
    await using server = await startTestServer();
    const location = await begin(server);
    const client = await server.connect();
    client.write(head('PATCH', location, 'Content-Length: 10'));
    client.write('abc');
    const size = async (): Promise<unknown> => (await server.send('GET', location)).headers.range;
    await expect.poll(size).toBe('0-2');
    client.socket.destroy();
    await expect
      .poll(() => server.log.at(-1)?.fields)
      .toMatchObject({
        method: 'PATCH',
        status: 499,
        error: 'CLIENT_ABORTED',
        bytesIn: 3,
      });
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
    const headers = { 'Content-Range': '3-4' };
    expect(await server.send('PATCH', location, { body: 'de', headers })).toMatchObject({ status: 202 });
  });

  it('before its request was looked at is noticed', async () => {
    let letIn: (() => void) | undefined;
    const identify = (): Promise<{ user: undefined }> =>
      new Promise((resolve) => {
        letIn = () => resolve({ user: undefined });
      });
    await using server = await startTestServer({ access: { identify, allows: () => true } });
    const client = await server.connect();
    client.write(head('PUT', '/v2/a/manifests/v1', 'Content-Length: 10'));
    client.write('abc');
    await expect.poll(() => letIn).toBeDefined();
    client.socket.resetAndDestroy();
    await client.closed();
    letIn?.();
    await expect.poll(() => server.log.at(-1)?.fields['status']).toBe(499);
  });
});

describe('Expect: 100-continue', () => {
  const expecting = (path: string): string => head('POST', path, 'Content-Length: 5', 'Expect: 100-continue');

  it('is told to go on when the body is wanted', async () => {
    await using server = await startTestServer();
    const client = await server.connect();
    client.write(expecting(`${START}?digest=${contentOf('hello').digest}`));
    expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.write('hello');
    expect(await client.until('X-Request-Id')).toContain('HTTP/1.1 201 Created');
  });

  it.each([
    { path: '/v2/A/blobs/uploads/', status: 400, why: 'no name' },
    { path: `${START}?digest=sha256:bad`, status: 400, why: 'no digest' },
    { path: '/nowhere', status: 404, why: 'no path' },
  ])('is refused with $status before a byte is sent: $why', async ({ path, status }) => {
    await using server = await startTestServer({ limits: { drainMs: 5 } });
    const client = await server.connect();
    client.write(expecting(path));
    const answer = await client.closed();
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('\r\nConnection: close\r\n');
  });

  it('lasts for its own request only', async () => {
    await using server = await startTestServer();
    const client = await server.connect();
    client.write(`${expecting(`${START}?digest=${contentOf('hello').digest}`)}hello`);
    await client.until('201 Created');
    client.write(head('GET', '/v2/'));
    expect(await client.until('{}')).toContain('HTTP/1.1 200 OK');
  });
});

describe('a body that nobody reads', () => {
  it('costs no connection when it is small', async () => {
    await using server = await startTestServer();
    const refused = await server.send('PUT', '/v2/a/manifests/-x', { body: 'x'.repeat(60_000) });
    expect(refused).toMatchObject({ status: 400 });
    expect(await server.send('GET', '/v2/')).toMatchObject({ status: 200, clientPort: refused.clientPort });
  });

  it('is also dropped when a request needs none', async () => {
    await using server = await startTestServer();
    const first = await server.send('GET', '/v2/', { body: 'a GET with a body' });
    const second = await server.send('POST', START, { body: 'no digest, no use' });
    expect(second).toMatchObject({ status: 202, clientPort: first.clientPort });
    expect(await server.send('GET', '/v2/')).toMatchObject({ status: 200, clientPort: first.clientPort });
  });

  it('is read for a while when it is large, so that the answer is seen, then cut off', async () => {
    await using server = await startTestServer({ limits: { drainBytes: 100_000, drainMs: 30 } });
    const client = await server.connect();
    client.write(head('PUT', '/v2/a/manifests/-x', 'Content-Length: 1000000000'));
    client.write(Buffer.alloc(90_000));
    const answer = await client.until('"}]}');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('\r\nConnection: close\r\n');
    client.write(Buffer.alloc(5_000_000));
    expect(await client.closed()).toBe(answer);
  });

  it('of a refused upload ends with the connection as soon as it ends itself', async () => {
    await using server = await startTestServer({ limits: { drainMs: 60_000 } });
    const answer = await server.send('POST', `${START}?digest=sha256:bad`, { body: Buffer.alloc(300_000) });
    expect(answer).toMatchObject({ status: 400, headers: { connection: 'close' } });
    expect(answer.errorCode()).toBe('DIGEST_INVALID');
  });

  it('is left when storing it fails half way, and the client is told why', async () => {
    const store = createMemoryStore({ maxBlobBytes: 100_000 });
    await using server = await startTestServer({ store, limits: { drainMs: 20 } });
    const location = await begin(server);
    const answer = await server.send('PATCH', location, { body: patternOf(3_000_000).bytes });
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
  });
});

it('one chunk at a time: a client is not asked for more than the storage takes', async () => {
  const memory = createMemoryStore();
  const append: typeof memory.uploads.append = async (_repository, id, { bytes }) => {
    for await (const chunk of bytes) {
      taken.push(chunk.byteLength);
      await new Promise(() => undefined);
    }
    return { id, sizeBytes: 0 };
  };
  const taken: number[] = [];
  await using server = await startTestServer({ store: { ...memory, uploads: { ...memory.uploads, append } } });
  const location = await begin(server);
  const client = await server.connect();
  // Far more than two kernels keep for a reader that does not read.
  const sizeBytes = 64_000_000;
  client.write(head('PATCH', location, `Content-Length: ${sizeBytes}`));
  client.write(Buffer.alloc(sizeBytes));
  await expect.poll(() => taken.length).toBe(1);
  await server.send('GET', '/v2/');
  expect(client.socket.writableLength).toBeGreaterThan(0);
  client.socket.destroy();
});
