/** Storage that is full, on a real file system of a few megabytes; without the right to mount it is skipped by name. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { startRegistry, type RegistryProcess } from '../../support/registry.ts';
import { violations } from '../crash/disk-invariants.ts';

const mountFault = ((): string | null => {
  const probe = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { encoding: 'utf8' });
  return probe.status === 0 ? null : (probe.error?.message ?? probe.stderr.trim());
})();

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe.skipIf(mountFault !== null)(`a disk that is full (${mountFault ?? 'tmpfs of 8 MB'})`, () => {
  let root: string;
  let server: RegistryProcess;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'squizzle-registry-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', root]);
    server = await startRegistry({ root });
  });
  afterEach(async () => {
    await server.stop();
    spawnSync('umount', [root]);
    await rm(root, { recursive: true, force: true });
  });

  const ask = (method: string, target: string, sending = {}) => send(method, new URL(target, server.url).href, sending);
  const push = (bytes: Buffer) => ask('POST', `/v2/full/blobs/uploads/?digest=${digestOf(bytes)}`, { body: bytes });

  function manifest(config: Buffer, note: string): Buffer {
    const descriptor = { mediaType: 'application/vnd.example', digest: digestOf(config), size: config.length };
    return Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: descriptor, layers: [], annotations: { note } }),
    );
  }
  const tag = (body: Buffer) =>
    ask('PUT', '/v2/full/manifests/latest', { headers: { 'content-type': MANIFEST }, body });

  it('refuses what does not fit with 507, keeps what there was, and goes on once there is room', async () => {
    const config = Buffer.from('{}');
    expect((await push(config)).status).toBe(201);
    const first = manifest(config, 'first');
    expect((await tag(first)).status).toBe(201);

    const large = randomBytes(16 * 1024 * 1024);
    const refused = await push(large);
    expect(refused.status).toBe(507);
    expect(JSON.parse(refused.body.toString())).toMatchObject({ errors: [{ code: 'UNKNOWN' }] });
    expect((await ask('HEAD', `/v2/full/blobs/${digestOf(large)}`)).status).toBe(404);

    const filler = join(root, 'filler');
    await writeFile(filler, Buffer.alloc(16 * 1024 * 1024)).catch(() => undefined);
    const second = manifest(config, 'x'.repeat(100_000));
    expect((await tag(second)).status).toBe(507);
    expect((await ask('GET', '/v2/full/manifests/latest')).body.equals(first)).toBe(true);
    expect((await ask('GET', '/health/ready')).status).toBe(503);
    expect((await ask('GET', '/health')).status).toBe(200);

    await rm(filler);
    await expect.poll(async () => (await ask('GET', '/health/ready')).status, { timeout: 10_000 }).toBe(200);
    expect((await tag(second)).status).toBe(201);
    const fits = randomBytes(2 * 1024 * 1024);
    expect((await push(fits)).status).toBe(201);
    expect((await ask('GET', `/v2/full/blobs/${digestOf(fits)}`)).body.equals(fits)).toBe(true);
    expect(violations(root)).toEqual([]);
  });

  it('lets a chunked upload go on from where the disk was full', async () => {
    const bytes = randomBytes(6 * 1024 * 1024);
    const location = String((await ask('POST', '/v2/full/blobs/uploads/')).headers.location);
    const half = bytes.length >> 1;
    expect((await ask('PATCH', location, { body: bytes.subarray(0, half) })).status).toBe(202);
    const filler = join(root, 'filler');
    await writeFile(filler, Buffer.alloc(16 * 1024 * 1024)).catch(() => undefined);
    expect((await ask('PATCH', location, { body: bytes.subarray(half) })).status).toBe(507);
    await rm(filler);
    const { headers } = await ask('GET', location);
    const received = Number(String(headers.range).slice('0-'.length)) + 1;
    expect(received).toBeGreaterThanOrEqual(half);
    const done = await ask('PUT', `${location}?digest=${digestOf(bytes)}`, { body: bytes.subarray(received) });
    expect(done.status).toBe(201);
    expect((await ask('GET', `/v2/full/blobs/${digestOf(bytes)}`)).body.equals(bytes)).toBe(true);
  });
});
