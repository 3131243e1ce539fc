/** The TUF client against a mirror that is honest, mistaken or hostile. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSquizzleError } from '@squizzle/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalSigstore, type LocalSigstore } from '../../test/local-sigstore/local-sigstore.ts';
import { createEd25519KeyPair } from '../../test/local-sigstore/key-pair.ts';
import { fetchTrustedRoot, type FetchTrustedRootOptions } from './fetch-trusted-root.ts';

let sigstore: LocalSigstore;
let folder: string;
let options: FetchTrustedRootOptions;

beforeEach(async () => {
  sigstore = await startLocalSigstore();
  folder = await mkdtemp(join(tmpdir(), 'squizzle-tuf-'));
  options = { mirrorUrl: sigstore.urls.tuf, rootJson: sigstore.tufRootJson, cacheFolder: join(folder, 'cache') };
});
afterEach(async () => {
  await sigstore.close();
  await rm(folder, { recursive: true });
});

const fault = async (changes: Partial<FetchTrustedRootOptions> = {}): Promise<unknown> =>
  fetchTrustedRoot({ ...options, ...changes }).then(
    () => 'fetched',
    (thrown: unknown) => thrown,
  );

describe('a trusted root from a mirror', () => {
  it('is the published file, byte for byte, with the digest to pin', async () => {
    const { bytes, sha256 } = await fetchTrustedRoot(options);
    expect(Buffer.from(bytes).toString()).toBe(sigstore.trustedRootJson);
    expect(sha256).toBe(createHash('sha256').update(sigstore.trustedRootJson).digest('hex'));
  });

  it('leaves nothing behind outside of the cache, and no copy of root.json in it', async () => {
    await fetchTrustedRoot(options);
    expect(await readdir(folder)).toEqual(['cache']);
    const given = createHash('sha256').update(sigstore.tufRootJson).digest('hex');
    expect(await readdir(options.cacheFolder)).toEqual([given]);
    expect(await readdir(join(options.cacheFolder, given))).toHaveLength(1);
  });

  it('is the new one after the repository changed, also behind an address that ends with a slash', async () => {
    await fetchTrustedRoot(options);
    const changed = JSON.stringify(JSON.parse(sigstore.trustedRootJson), null, 1);
    sigstore.tuf.publish({ 'trusted_root.json': changed });
    const { bytes } = await fetchTrustedRoot({ ...options, mirrorUrl: `${options.mirrorUrl}/` });
    expect(Buffer.from(bytes).toString()).toBe(changed);
  });

  it('is found through a root that was rotated since', async () => {
    sigstore.tuf.rotate();
    sigstore.tuf.rotate();
    const { bytes } = await fetchTrustedRoot(options);
    expect(Buffer.from(bytes).toString()).toBe(sigstore.trustedRootJson);
  });

  it('follows from the root that is given, not from one in the cache', async () => {
    await using other = await startLocalSigstore();
    await fetchTrustedRoot(options);
    expect(await fault({ rootJson: other.tufRootJson })).toMatchObject({ code: 'TRUST_ROOT_INVALID' });
  });
});

describe('a mirror that cannot be trusted', () => {
  it.each([
    {
      why: 'another key signed',
      act: () => sigstore.tuf.publish({ 'trusted_root.json': '{}' }, { key: createEd25519KeyPair().privateKey }),
      reason: /not signed as the given root\.json asks/,
    },
    {
      why: 'what it has expired',
      act: () => sigstore.tuf.publish({ 'trusted_root.json': '{}' }, { expires: new Date(Date.now() - 60_000) }),
      reason: /has expired/,
    },
    {
      why: 'files are not what was signed',
      act: () => sigstore.setFaults({ tuf: 'wrong-bytes' }),
      reason: /not signed as the given root\.json asks/,
    },
    {
      why: 'it has no trusted_root.json',
      act: () => sigstore.tuf.publish({ 'other.json': '{}' }),
      reason: /has no trusted_root\.json/,
    },
    {
      why: 'what it signed is no trusted root',
      act: () => sigstore.tuf.publish({ 'trusted_root.json': '{"mediaType":"text/plain"}' }),
      reason: /mediaType/,
    },
  ])('is refused: $why', async ({ act, reason }) => {
    act();
    const thrown = await fault();
    expect(isSquizzleError(thrown, 'TRUST_ROOT_INVALID') && thrown.details.reason).toMatch(reason);
  });

  it('is refused when it goes back to what was published before', async () => {
    const before = new Map(sigstore.tuf.files);
    sigstore.tuf.publish({ 'trusted_root.json': `${sigstore.trustedRootJson}\n` });
    await fetchTrustedRoot(options);
    for (const [path, content] of before) sigstore.tuf.files.set(path, content);
    expect(await fault()).toMatchObject({ code: 'TRUST_ROOT_INVALID' });
  });

  it('is refused when it goes back to a key that was replaced, although root.json still names it', async () => {
    const before = new Map(sigstore.tuf.files);
    sigstore.tuf.rotate();
    await fetchTrustedRoot(options);
    sigstore.tuf.files.clear();
    for (const [path, content] of before) sigstore.tuf.files.set(path, content);
    expect(await fault()).toMatchObject({ code: 'TRUST_ROOT_INVALID' });
  });

  it.each([
    { changes: { rootJson: null }, why: 'nothing says whom of a private mirror to trust' },
    { changes: { mirrorUrl: 'https://anna:secret@tuf.example' }, why: 'addresses have no passwords' },
    { changes: { mirrorUrl: 'http://tuf.example' }, why: 'what is asked for must not be seen by everybody' },
    { changes: { mirrorUrl: 'file:///etc' }, why: 'only the web has mirrors' },
  ])('is not even asked: $why', async ({ changes }) => {
    const thrown = await fault(changes);
    expect(thrown).toMatchObject({ code: 'TRUST_ROOT_INVALID' });
    expect(JSON.stringify(thrown) + String(thrown)).not.toContain('secret');
    expect(sigstore.requests).toEqual([]);
  });

  it('that is given a damaged root.json is refused, and the next with a good one is not', async () => {
    expect(await fault({ rootJson: 'no json' })).toMatchObject({ code: 'TRUST_ROOT_INVALID' });
    expect(await fault()).toBe('fetched');
  });
});

describe('a mirror that fails', () => {
  it.each([
    { tuf: 500, status: 500, why: 'its own failure' },
    { tuf: 404, status: 404, why: 'a wrong address' },
    { tuf: 'drop', status: null, why: 'a broken connection' },
    { tuf: 'hang', status: null, why: 'no answer' },
    { tuf: 'stall', status: null, why: 'half an answer' },
  ] as const)('is told apart from one that lies: $why', async ({ tuf, status }) => {
    sigstore.setFaults({ tuf });
    const began = performance.now();
    const thrown = await fault({ timeoutMs: 1500 });
    expect(thrown).toMatchObject({
      code: 'SIGNING_FAILED',
      details: { service: `TUF mirror at ${sigstore.urls.tuf}`, status },
    });
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('stops with the reason of its signal', async () => {
    sigstore.setFaults({ tuf: 'hang' });
    const stopped = new AbortController();
    const thrown = fault({ signal: stopped.signal });
    await sigstore.nextRequest('tuf');
    stopped.abort('enough');
    expect(await thrown).toBe('enough');
  });

  it('cannot be helped when the cache is a file', async () => {
    const cacheFolder = join(folder, 'file');
    await writeFile(cacheFolder, '');
    const thrown = await fault({ cacheFolder });
    expect(isSquizzleError(thrown, 'STORE_UNUSABLE') && thrown.details.path).toBe(cacheFolder);
  });
});
