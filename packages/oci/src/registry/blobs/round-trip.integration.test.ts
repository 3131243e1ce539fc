import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf, parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import { startRegistry, type RunningRegistry } from '@squizzle/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENT_FORMS, IN_CHUNKS, IN_ONE, LARGE_BLOB, SMALL_BLOB } from '../../../test/push-content.ts';
import { createRegistryConnection } from '../../connection/create-connection.ts';
import type { TransferLimits } from '../../http/transfer-limits.ts';
import type { RegistryConnection } from '../repository-access.ts';
import { downloadBlob } from './download-blob.ts';
import { hasBlob } from './has-blob.ts';
import { uploadBlob } from './upload-blob.ts';

const { bytes, descriptor } = LARGE_BLOB;
let count = 0;
const newName = (): RepositoryName => parseRepositoryName(`team/r${(count += 1)}`) as RepositoryName;

function connect(url: string, limits: Partial<TransferLimits> = {}): RegistryConnection {
  const quick = { backoffMs: 1, maxBackoffMs: 2, ...limits };
  return createRegistryConnection({ registry: url, insecure: true, limits: quick, homeFolder: '/nonexistent' });
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('with a registry', () => {
  let registry: RunningRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => registry.stop(0));

  const rows = CONTENT_FORMS.flatMap((form) =>
    [IN_ONE, IN_CHUNKS].flatMap((limits) => [SMALL_BLOB, LARGE_BLOB].map((blob) => ({ ...form, limits, blob }))),
  );
  it.each(rows)(
    '$form of $blob.descriptor.size bytes goes and comes back with $limits',
    async ({ open, limits, blob }) => {
      const connection = connect(registry.url, limits);
      const access = connection.repository(newName());
      expect(await hasBlob(access, blob.descriptor)).toBe(false);
      expect(await uploadBlob(access, blob.descriptor, open(blob.bytes, blob.descriptor))).toBe('transferred');
      expect(await hasBlob(access, blob.descriptor)).toBe(true);
      expect(await uploadBlob(access, blob.descriptor, [])).toBe('present');
      expect((await collect(downloadBlob(access, blob.descriptor))).equals(blob.bytes)).toBe(true);
      await connection.close();
    },
  );

  it.each([
    { what: 'no bytes', content: Buffer.alloc(0), algorithm: 'sha256' as const },
    { what: 'a sha512 digest', content: Buffer.from('hello'), algorithm: 'sha512' as const },
  ])('so does a blob with $what', async ({ content, algorithm }) => {
    const connection = connect(registry.url);
    const access = connection.repository(newName());
    const blob = { digest: digestOf(content, algorithm), size: content.byteLength };
    await uploadBlob(access, blob, [content]);
    expect(await collect(downloadBlob(access, blob))).toEqual(content);
    await connection.close();
  });

  it('a blob is mounted from another repository', async () => {
    const connection = connect(registry.url);
    const [from, to] = [newName(), newName()];
    await uploadBlob(connection.repository(from), descriptor, [bytes]);
    expect(await uploadBlob(connection.repository(to), descriptor, [], { mountFrom: from })).toBe('mounted');
    expect((await collect(downloadBlob(connection.repository(to), descriptor))).equals(bytes)).toBe(true);
    await connection.close();
  });

  it('as many copies as are allowed run at once within it, without waiting for one another', async () => {
    const connection = connect(registry.url, { ...IN_CHUNKS, concurrency: 2 });
    const [from, to] = [connection.repository(newName()), connection.repository(newName())];
    const blobs = Array.from({ length: 6 }, (_, at) => Buffer.concat([bytes, Buffer.of(at)]));
    const copies = blobs.map(async (blob) => {
      const expected = { digest: digestOf(blob), size: blob.byteLength };
      await uploadBlob(from, expected, [blob]);
      await uploadBlob(to, expected, downloadBlob(from, expected));
      return (await collect(downloadBlob(to, expected))).equals(blob);
    });
    expect(await Promise.all(copies)).toEqual(blobs.map(() => true));
    await connection.close();
  });

  it('wrong content is not kept', async () => {
    const connection = connect(registry.url, IN_ONE);
    const access = connection.repository(newName());
    const wrong = {
      [Symbol.asyncIterator]: async function* () {
        yield bytes.subarray(0, -1);
        yield Buffer.of(0);
      },
    };
    await expect(uploadBlob(access, descriptor, wrong)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await hasBlob(access, descriptor)).toBe(false);
    await connection.close();
  });
});

describe('with a server that', () => {
  /** Its answers to whatever is not about sessions; sessions are at `/up`. */
  async function withServer(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await use(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it.each([
    { how: 'answers 413 before it has read anything', refuse: 'answer' },
    { how: 'closes the connection in the middle of the body', refuse: 'close' },
  ])('$how: the blob goes in chunks', async ({ refuse }) => {
    const received: Buffer[] = [];
    const listener: RequestListener = (request, response) => {
      const { method, url = '' } = request;
      const location = { location: '/up?_state=1' };
      if (method === 'PUT' && Number(request.headers['content-length'] ?? 0) > 0) {
        if (refuse === 'answer') response.writeHead(413, { connection: 'close' }).end();
        else request.once('data', () => request.socket.destroy());
        return;
      }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (method === 'PATCH') received.push(...chunks);
        if (method === 'HEAD') response.writeHead(404).end();
        else if (method === 'POST' || method === 'PATCH') response.writeHead(202, location).end();
        else if (method === 'PUT' && url.includes('digest=')) response.writeHead(201).end();
        else response.writeHead(204).end();
      });
    };
    await withServer(listener, async (url) => {
      const connection = connect(url, { chunkBytes: 1024 * 1024 });
      const large = Buffer.alloc(3 * 1024 * 1024, 'squizzle');
      const expected = { digest: digestOf(large), size: large.byteLength };
      await uploadBlob(connection.repository(newName()), expected, [large]);
      expect(Buffer.concat(received).equals(large)).toBe(true);
      await connection.close();
    });
  });

  it('breaks off now and then, and forgets ranges once: the download goes on', async () => {
    let requests = 0;
    const listener: RequestListener = ({ headers }, response) => {
      requests += 1;
      const first = requests === 3 ? 0 : Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      const rest = bytes.subarray(first);
      const range = { 'content-range': `bytes ${first}-${bytes.byteLength - 1}/${bytes.byteLength}` };
      response.writeHead(first === 0 ? 200 : 206, { 'content-length': rest.byteLength, ...(first > 0 && range) });
      const part = rest.subarray(0, requests === 3 ? 150_000 : 80_000);
      response.write(part, () => {
        if (part.byteLength < rest.byteLength) response.socket?.destroy();
        else response.end();
      });
    };
    await withServer(listener, async (url) => {
      const connection = connect(url);
      const content = await collect(downloadBlob(connection.repository(newName()), descriptor));
      expect(content.equals(bytes)).toBe(true);
      expect(requests).toBeGreaterThan(3);
      await connection.close();
    });
  });
});
