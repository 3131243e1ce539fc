import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { contentOf, patternOf, pushBlob } from '../test/http/content.ts';
import { startTestServer } from '../test/http/test-server.ts';
import { ListenError, startServer, type RunningServer } from './server.ts';
import { createServices } from './services/services.ts';
import { createMemoryStore } from './storage/memory/memory-store.ts';

const START = '/v2/a/blobs/uploads/';

function start(host: string, port = 0): Promise<RunningServer> {
  const store = createMemoryStore();
  return startServer({ app: createApp({ services: createServices(store), store }), host, port });
}

describe('starting', () => {
  it.each([
    { host: '127.0.0.1', url: 'http://127.0.0.1:' },
    { host: 'localhost', url: 'http://localhost:' },
    { host: '0.0.0.0', url: 'http://127.0.0.1:' },
    { host: '::1', url: 'http://[::1]:' },
    { host: '::', url: 'http://[::1]:' },
  ])('on $host is reached at $url', async ({ host, url }) => {
    const server = await start(host);
    expect(server.url).toBe(`${url}${server.port}`);
    expect((await fetch(`${server.url}/v2/`)).status).toBe(200);
    await server.stop();
  });

  it('on a port in use says so', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const failure = start('127.0.0.1', port);
    await expect(failure).rejects.toThrow(ListenError);
    await expect(failure).rejects.toThrow(`127.0.0.1 port ${port} is in use by another program; stop it or choose`);
    other.close();
  });

  it('on an address of another machine says so', async () => {
    await expect(start('192.0.2.1')).rejects.toThrow('192.0.2.1 is no address of this machine; choose another host');
  });
});

describe('stopping', () => {
  it('lets a request under way finish, answers that it closes, and takes no more', async () => {
    await using server = await startTestServer();
    const location = (await server.send('POST', START)).headers.location ?? '';
    const client = await server.connect();
    const { digest } = contentOf('abcdef');
    client.write(`PUT ${location}?digest=${digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`);
    await expect.poll(async () => (await server.send('GET', location)).headers.range).toBe('0-2');
    const stopped = server.stop(60_000);
    const knock = (): Promise<string> =>
      server
        .connect()
        .then(({ closed }) => closed())
        .catch(() => 'refused');
    await expect.poll(knock).toBe('refused');
    client.write('def');
    const answer = await client.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).toContain('\r\nConnection: close\r\n');
    await stopped;
  });

  it('serves what was sent before, also by someone who has only just come', async () => {
    await using server = await startTestServer();
    const waiting = await server.connect();
    const arriving = server.connect();
    waiting.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
    const stopped = server.stop(60_000);
    const late = await arriving;
    late.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await waiting.closed()).toMatch(/^HTTP\/1\.1 200 /);
    expect(await late.closed()).toMatch(/^HTTP\/1\.1 200 /);
    await stopped;
  });

  it('closes at once what is idle or never said anything', async () => {
    await using server = await startTestServer();
    await server.send('GET', '/v2/');
    const silent = await server.connect();
    await server.stop(60_000);
    expect(await silent.closed()).toBe('');
  });

  it('closes a connection whose response had begun before, once it is done', async () => {
    await using server = await startTestServer();
    const large = patternOf(8_000_000);
    await pushBlob(server, 'a', large);
    const client = await server.connect();
    client.socket.pause();
    client.write(`GET /v2/a/blobs/${large.digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise((resolve) => client.socket.once('readable', resolve));
    const stopped = server.stop(60_000);
    client.socket.resume();
    const answer = await client.closed();
    expect(answer).toContain('\r\nConnection: keep-alive\r\n');
    expect(answer.length - answer.indexOf('\r\n\r\n') - 4).toBe(large.bytes.byteLength);
    await stopped;
  });

  it('cuts off what takes longer than the grace period', async () => {
    await using server = await startTestServer();
    const client = await server.connect();
    client.write(`PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`);
    await expect.poll(() => server.send('GET', '/v2/').then(({ status }) => status)).toBe(200);
    await server.stop(30);
    expect(await client.closed()).toBe('');
    await expect.poll(() => server.log.at(-1)?.fields['status']).toBe(499);
  });

  it('says no to /health/ready meanwhile', async () => {
    const store = createMemoryStore();
    const app = createApp({ services: createServices(store), store });
    const server = await startServer({ app, host: '127.0.0.1', port: 0 });
    app.stopping();
    const answer = await fetch(`${server.url}/health/ready`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await answer.json()).toEqual({ status: 'unavailable', reason: 'stopping' });
    await server.stop();
  });

  it('twice is as good as once, and in haste by the shorter grace period', async () => {
    await using server = await startTestServer();
    const client = await server.connect();
    client.write(`PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`);
    await expect.poll(() => server.send('GET', '/v2/').then(({ status }) => status)).toBe(200);
    await Promise.all([server.stop(60_000), server.stop(0)]);
    expect(await client.closed()).toBe('');
    await expect(fetch(`${server.url}/v2/`)).rejects.toThrow('fetch failed');
  });
});

describe('many clients', () => {
  it('push and pull at once, each its own', async () => {
    await using server = await startTestServer();
    const contents = Array.from({ length: 50 }, (_, at) => contentOf(`blob ${at} `.repeat(20_000)));
    await Promise.all(contents.map((content) => pushBlob(server, 'a', content)));
    const pulled = await Promise.all(contents.map(({ digest }) => server.send('GET', `/v2/a/blobs/${digest}`)));
    expect(pulled.map(({ body }, at) => body.equals(contents[at]?.bytes ?? Buffer.of()))).not.toContain(false);
  });

  it('send requests ahead on one connection and are answered in order', async () => {
    await using server = await startTestServer();
    const large = patternOf(400_000);
    await pushBlob(server, 'a', large);
    const client = await server.connect();
    const paths = [`/v2/a/blobs/${large.digest}`, '/v2/a/manifests/none', '/v2/'];
    client.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    const answers = await client.until('\r\n\r\n{}');
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  });

  it('beyond the limit are turned away', async () => {
    await using server = await startTestServer({ limits: { connections: 1 } });
    const first = await server.connect();
    const second = await server.connect();
    expect(await second.closed()).toBe('');
    first.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await first.until('{}')).toContain('200 OK');
  });
});

describe('stopping at once', () => {
  it.each([1, 5, 20])('does not wait for %i clients that have just connected', async (count) => {
    const server = await startTestServer();
    const clients = await Promise.all(Array.from({ length: count }, () => server.connect()));
    for (const client of clients) {
      client.write('POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n');
    }
    const begun = performance.now();
    await server.stop(0);
    // Without it, a minute: as long as a client may pause within a body.
    expect(performance.now() - begun).toBeLessThan(5_000);
    for (const client of clients) client.socket.destroy();
  });
});
