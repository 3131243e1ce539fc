import { expect, it } from 'vitest';
import { createMemoryStore } from '../storage/memory/memory-store.ts';
import type { BlobReader } from '../storage/contracts.ts';
import type { HttpLimits } from './limits.ts';
import { contentOf } from '../../test/http/content.ts';
import { startTestServer, type TestServer } from '../../test/http/test-server.ts';

const PATH = `/v2/a/blobs/${contentOf('any').digest}`;
const GET = `GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`;
/** More than kernels keep for a client that does not read. */
const HUGE = 1_000_000_000;

interface Watched extends BlobReader {
  closed: number;
  reading: number;
  /** Reads under way when it was closed. */
  interrupted: number;
}

/** A blob of zeros that goes wrong as told. */
function watchedReader(sizeBytes: number, read: (into: Uint8Array, position: number) => Promise<number>): Watched {
  return {
    sizeBytes,
    closed: 0,
    reading: 0,
    interrupted: 0,
    async read(into, position) {
      this.reading += 1;
      try {
        return await read(into, position);
      } finally {
        this.reading -= 1;
      }
    },
    close() {
      this.closed += 1;
      this.interrupted += this.reading;
      return Promise.resolve();
    },
  };
}

const serving = (reader: BlobReader, limits: Partial<HttpLimits> = {}): Promise<TestServer> => {
  const memory = createMemoryStore();
  return startTestServer({
    limits,
    store: { ...memory, blobs: { ...memory.blobs, open: () => Promise.resolve(reader) } },
  });
};

it.each([
  { sizeBytes: 10, why: 'a small blob' },
  { sizeBytes: 1_000_000, why: 'a large one' },
])('a fault at the first byte is answered: $why', async ({ sizeBytes }) => {
  const reader = watchedReader(sizeBytes, () => Promise.reject(new Error('EIO')));
  await using server = await serving(reader);
  expect(await server.send('GET', PATH)).toMatchObject({ status: 500 });
  expect(reader.closed).toBe(1);
});

it.each([
  { fault: () => Promise.reject(new Error('EIO')), why: 'the storage fails' },
  { fault: () => Promise.resolve(1), why: 'the storage has less than it said' },
])('a fault later cuts the connection, so that half a blob is not taken for a whole: $why', async ({ fault }) => {
  const reader = watchedReader(1_000_000, (into, position) =>
    position < 500_000 ? Promise.resolve(into.byteLength) : fault(),
  );
  await using server = await serving(reader);
  await expect(server.send('GET', PATH)).rejects.toThrow('aborted');
  expect(reader).toMatchObject({ closed: 1, interrupted: 0 });
  await expect.poll(() => server.log.at(-1)?.fields).toMatchObject({ status: 200, error: 'UNKNOWN' });
});

it('a client that goes away ends the reading, not in the midst of a read', async () => {
  const reader = watchedReader(HUGE, async (into) => {
    await new Promise((resolve) => setImmediate(resolve));
    return into.byteLength;
  });
  await using server = await serving(reader);
  const client = await server.connect();
  client.write(GET);
  await client.until('\r\n\r\n');
  client.socket.destroy();
  await expect.poll(() => reader.closed).toBe(1);
  expect(reader.interrupted).toBe(0);
  await expect.poll(() => server.log.at(-1)?.fields).toMatchObject({ status: 499, error: 'CLIENT_ABORTED' });
  expect(server.log.at(-1)?.fields['bytesOut']).toBeLessThan(HUGE);
});

it('a client that takes nothing is let go', async () => {
  let reads = 0;
  const reader = watchedReader(HUGE, (into) => {
    reads += 1;
    return Promise.resolve(into.byteLength);
  });
  await using server = await serving(reader, { sendIdleMs: 20 });
  const client = await server.connect();
  client.socket.pause();
  client.write(GET);
  await expect.poll(() => reader.closed).toBe(1);
  // No more was read than the kernels took, and the two buffers.
  expect(reads).toBeLessThan(HUGE / 1_000_000);
  expect(server.log.at(-1)?.fields).toMatchObject({ status: 499 });
  client.socket.destroy();
});

it('the idle time of a download does not outlive it', async () => {
  const reader = watchedReader(300_000, (into) => Promise.resolve(into.byteLength));
  await using server = await serving(reader, { sendIdleMs: 10 });
  const { location = '' } = (await server.send('POST', '/v2/a/blobs/uploads/')).headers;
  const client = await server.connect();
  client.write(GET);
  await expect.poll(() => server.log.length).toBe(2);
  client.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nab`);
  await expect.poll(async () => (await server.send('GET', location)).headers.range).toBe('0-1');
  // Idle for longer than a download may be.
  await new Promise((resolve) => setTimeout(resolve, 30));
  client.write('c');
  expect(await client.closed()).toContain('HTTP/1.1 202 Accepted');
});

it('downloads at once do not share their buffers', async () => {
  const sizeBytes = 700_000;
  const memory = createMemoryStore();
  let opened = 0;
  const open = (): Promise<BlobReader> => {
    const own = ++opened;
    return Promise.resolve(
      watchedReader(sizeBytes, async (into) => {
        into.fill(own);
        await new Promise((resolve) => setImmediate(resolve));
        return into.byteLength;
      }),
    );
  };
  await using server = await startTestServer({ store: { ...memory, blobs: { ...memory.blobs, open } } });
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.send('GET', PATH)));
    const mixed = answers.filter(({ body }) => !body.equals(Buffer.alloc(sizeBytes, body[0])));
    expect(mixed).toEqual([]);
  }
});
