/**
 * story 035: memory and start are budgets. The shipped bundle is measured from outside, as the kernel counts it.
 *
 * These are limits of what may be shipped, not figures of how fast it is: those come from tools/bench/registry.mjs.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { platform } from 'node:process';
import { describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { startRegistry, type RegistryProcess } from '../../support/registry.ts';

const MIB = 1024 * 1024;
const IDLE_MIB = 50;
const UPLOAD_PEAK_MIB = 100;
const DOWNLOAD_PEAK_MIB = 80;
const START_MS = 500;
const TRANSFER_MIB = 256;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

type Memory = 'VmRSS' | 'VmHWM';

function memoryMib({ pid }: RegistryProcess, which: Memory): number {
  const line = new RegExp(`${which}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}

/** From here on the peak is that of what follows. */
const forgetPeak = ({ pid }: RegistryProcess): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Sends the same mebibyte again and again, so that this process stays small beside the one that is measured. */
async function upload(server: RegistryProcess): Promise<string> {
  const block = randomBytes(MIB);
  const hash = createHash('sha256');
  const { headers } = await send('POST', new URL('/v2/budget/blobs/uploads/', server.url).href);
  const location = new URL(String(headers.location), server.url);
  const patched = new Promise<number>((resolve, reject) => {
    const outgoing = request(location, { method: 'PATCH' }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.once('error', reject);
    void (async () => {
      for (let sent = 0; sent < TRANSFER_MIB; sent++) {
        hash.update(block);
        await new Promise((written) => outgoing.write(block, written));
      }
      outgoing.end();
    })();
  });
  expect(await patched).toBe(202);
  const digest = `sha256:${hash.digest('hex')}`;
  expect((await send('PUT', `${location.href}?digest=${digest}`)).status).toBe(201);
  return digest;
}

function download(server: RegistryProcess, digest: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(new URL(`/v2/budget/blobs/${digest}`, server.url), (incoming) => {
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => (bytes += chunk.length));
      incoming.once('end', () => resolve(bytes));
      incoming.once('error', reject);
    }).once('error', reject);
  });
}

async function readManifests(server: RegistryProcess, count: number): Promise<void> {
  const config = Buffer.from('{}');
  await send('POST', new URL(`/v2/budget/blobs/uploads/?digest=${digestOf(config)}`, server.url).href, {
    body: config,
  });
  const descriptor = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(config), size: config.length };
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: descriptor, layers: [] }));
  const target = new URL('/v2/budget/manifests/latest', server.url).href;
  expect((await send('PUT', target, { headers: { 'content-type': MANIFEST }, body })).status).toBe(201);
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  let left = count;
  const reader = async (): Promise<void> => {
    while (left-- > 0) expect((await send('GET', target, { agent })).status).toBe(200);
  };
  await Promise.all(Array.from({ length: 32 }, reader));
  agent.destroy();
}

describe.skipIf(platform !== 'linux')('story 035 budgets of the shipped server (needs /proc)', () => {
  it(`idles below ${IDLE_MIB} MiB of resident memory`, async () => {
    await using server = await startRegistry();
    expect(memoryMib(server, 'VmRSS')).toBeLessThan(IDLE_MIB);
    await send('GET', new URL('/v2/', server.url).href);
    expect(memoryMib(server, 'VmRSS')).toBeLessThan(IDLE_MIB);
  });

  it(`is ready within ${START_MS} ms of its start, the best of five`, async () => {
    const starts: number[] = [];
    for (let start = 0; start < 5; start++) {
      const before = performance.now();
      await using server = await startRegistry();
      expect((await send('GET', new URL('/v2/', server.url).href)).status).toBe(200);
      starts.push(performance.now() - before);
    }
    expect(Math.min(...starts)).toBeLessThan(START_MS);
  });

  it(`takes ${TRANSFER_MIB} MiB up below ${UPLOAD_PEAK_MIB} MiB and gives it back below ${DOWNLOAD_PEAK_MIB} MiB`, async () => {
    await using server = await startRegistry();
    forgetPeak(server);
    const digest = await upload(server);
    expect(memoryMib(server, 'VmHWM'), 'upload').toBeLessThan(UPLOAD_PEAK_MIB);
    await using fresh = await startRegistry({ root: server.root });
    forgetPeak(fresh);
    expect(await download(fresh, digest)).toBe(TRANSFER_MIB * MIB);
    expect(memoryMib(fresh, 'VmHWM'), 'download').toBeLessThan(DOWNLOAD_PEAK_MIB);
  });

  it(`stays below ${UPLOAD_PEAK_MIB} MiB while 32 clients read manifests`, async () => {
    await using server = await startRegistry();
    forgetPeak(server);
    await readManifests(server, 8_000);
    expect(memoryMib(server, 'VmHWM')).toBeLessThan(UPLOAD_PEAK_MIB);
  });
});
