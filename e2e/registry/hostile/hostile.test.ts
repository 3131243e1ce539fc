/**
 * What nobody well-meaning sends, to the real server: the right code, nothing written outside the root, and the
 * server lives on.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { startRegistry, type RegistryProcess } from '../../support/registry.ts';
import { rawRequest, sendRaw } from './raw-request.ts';

const NO_DIGEST = `sha256:${'0'.repeat(64)}`;
/** Ends any request that has not ended, and begins none: a method has no space in front. */
const END = Buffer.from(' \r\n\r\n');
const MANIFEST = 'Content-Type: application/vnd.oci.image.manifest.v1+json';

let outer: string;
let server: RegistryProcess;

beforeAll(async () => {
  outer = await mkdtemp(join(tmpdir(), 'squizzle-registry-hostile-'));
  await writeFile(join(outer, 'sentinel'), 'untouched');
  server = await startRegistry({ root: join(outer, 'a/b/root'), env: { REGISTRY_LIMITS_BODY_IDLE_TIMEOUT: '300ms' } });
});

afterAll(async () => {
  await server.stop();
  await rm(outer, { recursive: true, force: true });
});

afterEach(expectUnharmed);

async function expectUnharmed(): Promise<void> {
  expect((await send('GET', new URL('/health', server.url).href)).status).toBe(200);
  expect(await readdir(outer)).toEqual(['a', 'sentinel']);
  expect(await readdir(join(outer, 'a'))).toEqual(['b']);
  expect(await readdir(join(outer, 'a/b'))).toEqual(['root']);
  expect(await readFile(join(outer, 'sentinel'), 'utf8')).toBe('untouched');
}

const UPS = [
  '..',
  '../../..',
  '%2e%2e',
  '%2e%2e%2f%2e%2e',
  '..%2f..',
  '.%2e',
  '%252e%252e',
  '..%5c..',
  '..\\..',
  '%00',
  'a%00b',
];
const places = (up: string): readonly (readonly [method: string, target: string, body?: string])[] => [
  ['GET', `/v2/${up}/sentinel/manifests/latest`],
  ['PUT', `/v2/${up}/x/manifests/latest`, '{}'],
  ['PUT', `/v2/name/manifests/${up}`, '{}'],
  ['PUT', `/v2/name/manifests/${up}%2fsentinel`, '{}'],
  ['GET', `/v2/name/blobs/${up}`],
  ['GET', `/v2/name/blobs/sha256:${up}`],
  ['DELETE', `/v2/name/blobs/sha256:${up}/sentinel`],
  ['POST', `/v2/${up}/blobs/uploads/`],
  ['POST', `/v2/name/blobs/uploads/?mount=${NO_DIGEST}&from=${up}`],
  ['PATCH', `/v2/name/blobs/uploads/${up}`, 'bytes'],
  ['PUT', `/v2/name/blobs/uploads/${up}?digest=${NO_DIGEST}`, 'bytes'],
  ['DELETE', `/v2/name/blobs/uploads/${up}`],
  ['GET', `/v2/${up}/tags/list`],
  ['GET', `/v2/name/referrers/${up}`],
  ['DELETE', `/v2/name/manifests/${up}`],
];

describe('paths that try to leave their place', () => {
  it.each(UPS)('%s is refused wherever it stands', async (up) => {
    for (const [method, target, body = ''] of places(up)) {
      const headers = body === '' ? [] : [MANIFEST, `Content-Length: ${body.length}`];
      const { status } = await sendRaw(server.url, rawRequest(method, target, headers, body));
      expect([400, 404, 405], `${method} ${target}: ${status}`).toContain(status);
    }
  });

  it.each([
    { why: 'a name of 256 characters', target: `/v2/${'a'.repeat(256)}/tags/list`, status: [400] },
    { why: 'a name of 300 parts', target: `/v2/${'a/'.repeat(300)}a/tags/list`, status: [400] },
    { why: 'a tag of 129 characters, pulled', target: `/v2/a/manifests/${'t'.repeat(129)}`, status: [404] },
    { why: 'a target longer than all headers may be', target: `/v2/${'a'.repeat(100_000)}`, status: [414, 431] },
    { why: 'bytes that are no UTF-8', target: '/v2/a%ff/tags/list', status: [400] },
    { why: 'UTF-8 that a shorter form exists for', target: '/v2/%c0%ae%c0%ae/tags/list', status: [400] },
    { why: 'an escape that is none', target: '/v2/%zz/tags/list', status: [400] },
    { why: 'an upper-case name', target: '/v2/Name/tags/list', status: [400] },
    { why: 'n that no number holds', target: `/v2/_catalog?n=${'9'.repeat(400)}`, status: [200, 400] },
    { why: 'n below zero', target: '/v2/_catalog?n=-1', status: [400] },
    { why: 'n in words', target: '/v2/_catalog?n=ten', status: [400] },
    { why: 'n with a fraction', target: '/v2/_catalog?n=1.5', status: [400] },
  ])('$why', async ({ target, status }) => {
    expect(status).toContain((await sendRaw(server.url, rawRequest('GET', target))).status);
  });

  it('whatever the path: an answer below 500, never a broken server', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        'v2',
        '_catalog',
        'manifests',
        'blobs',
        'uploads',
        'tags',
        'list',
        'referrers',
        ...UPS,
        NO_DIGEST,
        '',
      ),
      fc.string({ maxLength: 20 }).map(encodeURIComponent),
      fc.string({ unit: fc.constantFrom('%', '2', 'e', '0', '/', '.', ':', '@', '?', '#', '\u00ff'), maxLength: 12 }),
    );
    const target = fc.array(part, { maxLength: 7 }).map((parts) => `/${parts.join('/')}`);
    const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'FOO');
    await fc.assert(
      fc.asyncProperty(method, target, async (verb, path) => {
        const { status } = await sendRaw(server.url, rawRequest(verb, path, ['Content-Length: 0']));
        expect(status, `${verb} ${path}`).toBeLessThan(500);
        expect(status, `${verb} ${path}`).toBeGreaterThanOrEqual(200);
      }),
      { numRuns: 400 },
    );
  });
});

describe('requests that are no HTTP, or two of them', () => {
  it.each([
    { why: 'lengths that contradict each other', headers: ['Content-Length: 2', 'Content-Length: 3'], status: [400] },
    {
      why: 'a length beside chunked coding',
      headers: ['Content-Length: 2', 'Transfer-Encoding: chunked'],
      status: [400],
    },
    { why: 'a length that is no number', headers: ['Content-Length: two'], status: [400] },
    { why: 'a length below zero', headers: ['Content-Length: -2'], status: [400] },
    { why: 'NUL in a header', headers: ['X-A: a\0b'], status: [400] },
    { why: 'a header without a name', headers: [': a'], status: [400] },
    {
      why: 'more headers than fit',
      headers: Array.from({ length: 400 }, (_, i) => `X-${i}: ${'a'.repeat(60)}`),
      status: [431],
    },
    { why: 'an unknown transfer coding', headers: ['Transfer-Encoding: brotli'], status: [400, 501] },
  ])('$why', async ({ headers, status }) => {
    const bytes = rawRequest('POST', '/v2/a/blobs/uploads/', headers, '{}');
    expect(status).toContain((await sendRaw(server.url, bytes)).status);
  });

  it('any bytes at all: an answer or a closed connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const { status } = await sendRaw(server.url, Buffer.concat([bytes, END]));
        expect([0, 400, 431, 405]).toContain(status);
      }),
      { numRuns: 200 },
    );
  });
});

describe('bodies that are not what they say', () => {
  async function open(): Promise<string> {
    const { headers } = await send('POST', new URL('/v2/hostile/blobs/uploads/', server.url).href);
    return String(headers.location);
  }

  async function received(location: string): Promise<string | undefined> {
    const { status, headers } = await send('GET', new URL(location, server.url).href);
    expect(status).toBe(204);
    return String(headers.range);
  }

  it.each([
    { why: 'a gap after the first chunk', range: '10-12', status: 416 },
    { why: 'a range that is longer than the body', range: '0-5', status: 400 },
    { why: 'a range that is shorter than the body', range: '0-1', status: 400 },
    { why: 'a range that ends before it begins', range: '3-1', status: 400 },
    { why: 'a range with a unit', range: 'bytes 0-2/3', status: 400 },
    { why: 'a range that no number holds', range: `${'9'.repeat(40)}-${'9'.repeat(41)}`, status: 400 },
  ])('chunk: $why is $status and adds nothing', async ({ range, status }) => {
    const location = await open();
    const headers = { 'content-range': range };
    const answer = await send('PATCH', new URL(location, server.url).href, { headers, body: Buffer.from('abc') });
    expect(answer.status).toBe(status);
    expect(await received(location)).toBe('0-0');
  });

  it('a client that stops in the midst of a chunk is answered 408, and what it sent stays for it to go on', async () => {
    const location = await open();
    const head = `PATCH ${location} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123456789`;
    expect((await sendRaw(server.url, head)).status).toBe(408);
    expect(await received(location)).toBe('0-9');
  });

  it('a client that goes away in the midst of a chunk can go on where it was', async () => {
    const location = await open();
    const url = new URL(location, server.url);
    const gone = connect({ host: url.hostname, port: Number(url.port) });
    gone.write(`PATCH ${location} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n0123456789`);
    await expect.poll(() => received(location)).toBe('0-9');
    gone.destroy();
    const rest = Buffer.from('abc');
    const goOn = async (): Promise<number> =>
      (await send('PATCH', url.href, { headers: { 'content-range': '10-12' }, body: rest })).status;
    await expect.poll(goOn).toBe(202);
    expect(await received(location)).toBe('0-12');
  });

  it('headers that never end are not waited for without end', async () => {
    const impatient = await startRegistry({ env: { REGISTRY_LIMITS_HEADER_TIMEOUT: '1s' } });
    try {
      const { status } = await sendRaw(impatient.url, 'GET /v2/ HTTP/1.1\r\nHost: a\r\nX-Slow:', 60_000);
      expect([0, 408]).toContain(status);
    } finally {
      await impatient.stop();
    }
  });

  it.each([
    { why: 'a manifest of 5 MiB', body: `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`, status: 413 },
    { why: 'JSON of 100,000 levels', body: '['.repeat(100_000) + ']'.repeat(100_000), status: 400 },
    { why: 'objects of 50,000 levels', body: '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000), status: 400 },
    { why: 'JSON that never closes', body: '{"schemaVersion":2', status: 400 },
    { why: 'bytes that are no UTF-8', body: '\u00ff\u00fe{}', status: 400 },
    { why: 'nothing', body: '', status: 400 },
  ])('manifest: $why is $status', async ({ body, status }) => {
    const bytes = rawRequest('PUT', '/v2/hostile/manifests/a', [MANIFEST, `Content-Length: ${body.length}`], body);
    const answer = await sendRaw(server.url, bytes);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(/\n\s+at |\/src\/|\.cjs/);
  });
});
