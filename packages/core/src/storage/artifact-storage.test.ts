import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ReleaseManifest } from '../model/release-manifest.ts';
import { toTag } from '../testing/content-samples.ts';
import { createMemoryContentStore } from '../testing/memory-content-store.ts';
import { sign } from '../testing/signature-samples.ts';
import { publishChain, version } from '../testing/shop.ts';
import { createArtifactStorage, toSelector } from './artifact-storage.ts';

const CHAIN = {
  '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' },
  '1.1.0': { 'migrations/2.sql': 'CREATE TABLE b (i int);' },
};
interface Given {
  readonly version: string;
  readonly artifact: Uint8Array;
  readonly manifest: ReleaseManifest;
}

const urlOf = (text: string): string => `ghcr.io/myorg/migrations:v${text}`;

async function open() {
  const store = createMemoryContentStore();
  const last = await publishChain(CHAIN, store);
  return { store, last, storage: createArtifactStorage(store, { urlOf }) };
}

describe('createArtifactStorage', () => {
  it('pulls a layer whose SHA-256 is the manifest’s checksum', async () => {
    const { storage } = await open();
    const { artifact, manifest } = await storage.pull('1.0.0');
    expect(createHash('sha256').update(artifact).digest('hex')).toBe(manifest.checksum);
  });

  it('pushes releases one by one into another store, and makes the same artifacts there', async () => {
    const { storage, last } = await open();
    const elsewhere = createMemoryContentStore();
    const copy = createArtifactStorage(elsewhere, { urlOf });
    for (const text of await storage.list()) {
      const { artifact, manifest } = await storage.pull(text);
      expect(await copy.push(text, artifact, manifest)).toBe(`ghcr.io/myorg/migrations:v${text}`);
    }
    expect((await elsewhere.resolve(last.root.digest))?.digest).toBe(last.root.digest);
    expect(await copy.list()).toEqual(['1.0.0', '1.1.0']);
    expect(await copy.getManifest('latest')).toEqual(last.manifest);
  });

  it('says what exists, and deletes', async () => {
    const { storage } = await open();
    expect(await storage.exists('1.1.0')).toBe(true);
    await storage.delete('1.1.0');
    expect(await storage.exists('1.1.0')).toBe(false);
    expect(await storage.list()).toEqual(['1.0.0']);
    await expect(storage.delete('1.1.0')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('deletes the signatures of a release with it, and no others', async () => {
    const { store, storage, last } = await open();
    const first = (await store.resolve(toTag('v1.0.0'))) ?? expect.fail('1.0.0 is there');
    const [gone, kept] = [await sign(store, last.root, 'ci'), await sign(store, first, 'ci')];
    await storage.delete('1.1.0');
    expect(await store.resolve(gone.tag)).toBeUndefined();
    expect(await store.has(gone.payload)).toBe(false);
    expect(await store.resolve(kept.tag)).toMatchObject({ digest: kept.descriptor.digest });
    expect(await storage.list()).toEqual(['1.0.0']);
  });

  it('keeps the signatures of a release that another tag keeps', async () => {
    const { store, storage, last } = await open();
    await store.tag(last.root, toTag('stable'));
    const { tag } = await sign(store, last.root, 'ci');
    await storage.delete('1.1.0');
    expect(await store.resolve(tag)).toBeDefined();
  });

  it('does not take a tag made of a digest for one that keeps a release', async () => {
    const { store, storage, last } = await open();
    await store.tag(last.root, toTag(`sha256-${'0'.repeat(64)}.sig`));
    await storage.delete('1.1.0');
    expect(await store.has(last.root)).toBe(false);
  });

  it('points the moving tags at what is left', async () => {
    const { storage } = await open();
    await storage.delete('1.1.0');
    expect((await storage.getManifest('latest')).version).toBe('1.0.0');
    expect((await storage.getManifest('v1')).version).toBe('1.0.0');
    await expect(storage.getManifest('v1.1')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('keeps what a tag of somebody else names, and takes the version away', async () => {
    const { storage, last } = await open();
    await storage.content.tag(last.root, 'stable' as Parameters<typeof storage.content.tag>[1]);
    await storage.delete('1.1.0');
    expect(await storage.list()).toEqual(['1.0.0']);
    expect((await storage.getManifest('stable')).version).toBe('1.1.0');
    expect((await storage.getManifest('latest')).version).toBe('1.0.0');
  });

  it.each(['latest', 'v1', '^1.0.0', 'sha256:0', ''])('deletes by version alone, not by %j', async (text) => {
    const { storage } = await open();
    await expect(storage.delete(text)).rejects.toMatchObject({ code: 'VERSION_INVALID' });
    expect(await storage.list()).toEqual(['1.0.0', '1.1.0']);
  });

  it.each([
    { why: 'another version than the manifest’s', call: { version: '2.0.0' }, code: 'ARTIFACT_INVALID' },
    { why: 'a layer of other bytes', call: { artifact: gzipSync('x') }, code: 'ARTIFACT_INVALID' },
    { why: 'a manifest that is none', call: { manifest: { version: '1.0.0' } }, code: 'ARTIFACT_INVALID' },
    { why: 'a manifest of a newer format', call: { manifest: { formatVersion: 99 } }, code: 'ARTIFACT_INVALID' },
  ])('refuses to push $why', async ({ call, code }) => {
    const { storage } = await open();
    const { artifact, manifest } = await storage.pull('1.0.0');
    const given = { version: '1.0.0', artifact, manifest, ...call } as Given;
    const empty = createArtifactStorage(createMemoryContentStore(), { urlOf });
    await expect(empty.push(given.version, given.artifact, given.manifest)).rejects.toMatchObject({ code });
    expect(await empty.list()).toEqual([]);
  });

  it('refuses a release whose predecessor is not in the store', async () => {
    const { storage } = await open();
    const { artifact, manifest } = await storage.pull('1.1.0');
    const empty = createArtifactStorage(createMemoryContentStore(), { urlOf });
    await expect(empty.push('1.1.0', artifact, manifest)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('names what is there when a release is not', async () => {
    const { storage } = await open();
    await expect(storage.pull('3.0.0')).rejects.toThrow(/no release 3\.0\.0: it holds 2, newest 1\.1\.0, 1\.0\.0/);
  });
});

describe('resolveSelector', () => {
  it.each([
    { selector: '1.0.0', found: '1.0.0', why: 'an exact version' },
    { selector: 'v1.0.0', found: '1.0.0', why: 'with its v' },
    { selector: '1.0', found: '1.0.0', why: 'the newest of a minor line' },
    { selector: '1', found: '1.1.0', why: 'the newest of a major line' },
    { selector: 'latest', found: '1.1.0', why: 'the newest' },
    { selector: '^1.0.0', found: '1.1.0', why: 'the highest of a range' },
    { selector: '~1.0', found: '1.0.0', why: 'a narrower range' },
    { selector: 'v1', found: '1.1.0', why: 'the moving tag itself' },
  ])('$selector is $found: $why', async ({ selector, found }) => {
    const { storage } = await open();
    expect((await storage.getManifest(selector)).version).toBe(version(found));
  });

  it('takes a digest', async () => {
    const { storage, last } = await open();
    expect((await storage.getManifest(last.root.digest)).version).toBe('1.1.0');
  });

  it.each(['', '../x', 'a b', '1.2.3.4 - x', '-x'])('refuses %j as a selector', (text) => {
    expect(() => toSelector(text)).toThrow(expect.objectContaining({ code: 'SELECTOR_INVALID' }));
  });
});
