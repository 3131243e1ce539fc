/** story 028: the server ends when it is told to, after what it had begun, and uploads go on with the next one. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { startRegistry } from '../../support/registry.ts';

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('story 028 graceful shutdown', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'squizzle-registry-stop-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s finishes the upload in flight, refuses new ones, and exits 0',
    async (signal) => {
      const server = await startRegistry({ root });
      const bytes = randomBytes(1024 * 1024);
      const { headers } = await send('POST', new URL('/v2/a/blobs/uploads/', server.url).href);
      const url = new URL(`${String(headers.location)}?digest=${digestOf(bytes)}`, server.url);
      const answered = new Promise<number>((resolve, reject) => {
        const outgoing = request(url, { method: 'PUT', headers: { 'content-length': bytes.length } }, (incoming) => {
          incoming.resume();
          resolve(incoming.statusCode ?? 0);
        });
        outgoing.once('error', reject);
        outgoing.write(bytes.subarray(0, 1000), () => {
          const ended = server.stop(signal);
          void refusesConnections(server.url).then(() => outgoing.end(bytes.subarray(1000)));
          ended.catch(reject);
        });
      });
      expect(await answered).toBe(201);
      expect(await server.stop()).toMatchObject({ code: 0 });
    },
  );

  it('an upload begun before goes on after, chunk by chunk', async () => {
    const bytes = randomBytes(900_000);
    const third = bytes.length / 3;
    let location: string | undefined;
    for (let part = 0; part < 3; part++) {
      const server = await startRegistry({ root });
      location ??= String((await send('POST', new URL('/v2/a/blobs/uploads/', server.url).href)).headers.location);
      const { status, headers } = await send('PATCH', new URL(location, server.url).href, {
        headers: { 'content-range': `${part * third}-${(part + 1) * third - 1}` },
        body: bytes.subarray(part * third, (part + 1) * third),
      });
      expect(status).toBe(202);
      expect(headers.range).toBe(`0-${(part + 1) * third - 1}`);
      await server.stop();
    }
    const server = await startRegistry({ root });
    const target = new URL(`${location}?digest=${digestOf(bytes)}`, server.url).href;
    expect((await send('PUT', target)).status).toBe(201);
    const pulled = await send('GET', new URL(`/v2/a/blobs/${digestOf(bytes)}`, server.url).href);
    expect(pulled.body.equals(bytes)).toBe(true);
    await server.stop();
  });

  it('does not wait for ever for a client that has stopped sending', async () => {
    const server = await startRegistry({ root, env: { REGISTRY_SHUTDOWN_GRACE: '500ms' } });
    const { headers } = await send('POST', new URL('/v2/a/blobs/uploads/', server.url).href);
    const stuck = request(new URL(String(headers.location), server.url), {
      method: 'PATCH',
      headers: { 'content-length': 1000 },
    });
    const broken = new Promise((resolve) => stuck.once('error', resolve));
    await new Promise((resolve) => stuck.write('some', resolve));
    expect(await server.stop('SIGTERM')).toMatchObject({ code: 0 });
    expect(await broken).toBeInstanceOf(Error);
  });
});

async function refusesConnections(url: string): Promise<void> {
  for (;;) {
    try {
      await send('GET', new URL('/health', url).href);
    } catch {
      return;
    }
  }
}
