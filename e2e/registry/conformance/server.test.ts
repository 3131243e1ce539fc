/**
 * What a story promises of the server as a process, which no request alone can show: its start and end, its folder,
 * its log and its health.
 *
 * How it ends while requests run, memory, crashes and full disks have suites of their own beside this one.
 */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { startRegistry, type LogLine, type RegistryProcess } from '../../support/registry.ts';
import { createHttpClient, headerOf, type HttpClient } from './client.ts';
import { newBlob } from './content.ts';
import { expectPullable, expectStatus, newRepository, OCTETS, withDigest } from './repository.ts';

let server: RegistryProcess;
let http: HttpClient;

beforeAll(async () => {
  server = await startRegistry({ args: ['--log-level', 'debug'] });
  http = createHttpClient(server.url);
});

afterAll(async () => {
  http.close();
  await server[Symbol.asyncDispose]();
});

describe('story 001 project setup and foundation', () => {
  it('the built program starts on a free port, answers, and ends with 0 when it is asked to', async () => {
    await using own = await startRegistry();
    const client = createHttpClient(own.url);
    expectStatus(await client.get('/v2/'), 200);
    client.close();
    expect(await own.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('story 003 filesystem storage layer', () => {
  it('keeps the bytes of a blob once, under their digest, for all repositories that have it', async () => {
    const blob = newBlob(4_096);
    for (const repository of [newRepository(http), newRepository(http)]) await repository.pushBlob(blob);
    const [algorithm = '', hex = ''] = blob.digest.split(':');
    const stored = await readFile(join(server.root, 'blobs', algorithm, hex.slice(0, 2), hex));
    expect(stored.equals(blob.bytes)).toBe(true);
    expect((await filesBelow(server.root)).filter(({ bytes }) => bytes.equals(blob.bytes))).toHaveLength(1);
  });

  it('keeps everything, also an upload half done, for the next server on the folder', async () => {
    await using first = await startRegistry();
    const before = createHttpClient(first.url);
    const repository = newRepository(before);
    const [blob, half] = [newBlob(), newBlob(1_000)];
    await repository.pushBlob(blob);
    const image = await repository.newImage();
    await repository.pushManifest(image, 'latest');
    const location = new URL(await repository.startUpload(), first.url).pathname;
    const body = half.bytes.subarray(0, 600);
    expectStatus(await before.patch(location, { headers: OCTETS, body }), 202);
    before.close();
    await first.stop();

    await using second = await startRegistry({ root: first.root });
    const after = createHttpClient(second.url);
    const again = newRepository(after, repository.name);
    await expectPullable(again, blob);
    expect((await again.getManifest('latest')).body.equals(image.bytes)).toBe(true);
    expect(headerOf(await after.get(location), 'range')).toBe('0-599');
    const rest = { headers: { ...OCTETS, 'Content-Range': '600-999' }, body: half.bytes.subarray(600) };
    expectStatus(await after.put(withDigest(location, half.digest), rest), 201);
    await expectPullable(again, half);
    after.close();
  });
});

describe('story 024 structured logging', () => {
  it('writes one JSON line for a request, with what it was, how it went and the id that the client was told', async () => {
    const repository = newRepository(http);
    const blob = newBlob(1_234);
    await repository.pushBlob(blob);
    const answer = await http.get(repository.blobPath(blob.digest), { 'User-Agent': 'conformance/1' });
    const id = headerOf(answer, 'x-request-id');
    const [line, ...others] = await linesWith((each) => each['id'] === id);
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      level: 'info',
      method: 'GET',
      path: repository.blobPath(blob.digest),
      repository: repository.name,
      status: 200,
      bytesOut: 1_234,
      agent: 'conformance/1',
    });
    expect(line?.['ms']).toBeTypeOf('number');
    expect(Date.parse(String(line?.['time']))).not.toBeNaN();
  });

  it('never writes a password, a token or the query they may come in', async () => {
    const Authorization = `Basic ${Buffer.from('alice:hunter2-in-basic').toString('base64')}`;
    const answer = await http.get('/v2/?token=hunter2-in-query', { Authorization, Cookie: 'hunter2-in-cookie' });
    await linesWith((line) => line['id'] === headerOf(answer, 'x-request-id'));
    for (const secret of ['hunter2', Authorization.slice(6)]) expect(server.output()).not.toContain(secret);
  });

  it('keeps a line a line, whatever a client sends', async () => {
    const answer = await http.get('/v2/', { 'User-Agent': 'a\tb"}{\\u0000' });
    const [line] = await linesWith((each) => each['id'] === headerOf(answer, 'x-request-id'));
    expect(line?.['status']).toBe(200);
    const written = server.output().trimEnd().split('\n');
    expect(server.logs()).toHaveLength(written.length);
  });
});

describe('story 025 health check endpoints', () => {
  it.each(['/health', '/health/ready'])('%s gives 200 to anyone', async (path) => {
    expectStatus(await http.get(path), 200);
    expectStatus(await http.head(path), 200);
  });

  it('is not ready while its folder cannot be written, alive all the same, and ready when it can be again', async () => {
    await using own = await startRegistry();
    const client = createHttpClient(own.url);
    await rename(own.root, `${own.root}-away`);
    await writeFile(own.root, 'a file where the folder was');
    try {
      await expect.poll(() => statusOf(own, '/health/ready'), { timeout: 5_000 }).toBe(503);
      expectStatus(await client.get('/health'), 200);
    } finally {
      await rename(own.root, `${own.root}-file`);
      await rename(`${own.root}-away`, own.root);
      await rename(`${own.root}-file`, join(own.root, 'leftover'));
    }
    // The server probes once in a while, however many ask.
    await expect.poll(() => statusOf(own, '/health/ready'), { timeout: 5_000 }).toBe(200);
    client.close();
  });
});

/** Where a 5xx is what is asked for: the client of the rows takes it for a fault. */
async function statusOf(of: RegistryProcess, path: string): Promise<number> {
  return (await send('GET', `${of.url}${path}`)).status;
}

/** The log comes through a pipe, a moment after the answer. */
async function linesWith(wanted: (line: LogLine) => boolean): Promise<readonly LogLine[]> {
  await expect.poll(() => server.logs().some(wanted), { timeout: 5_000 }).toBe(true);
  return server.logs().filter(wanted);
}

async function filesBelow(folder: string): Promise<readonly { readonly bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map(async (file) => ({ bytes: await readFile(join(file.parentPath, file.name)) })));
}
