import { randomUUID } from 'node:crypto';
import nodeFs, { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sampleBlob, sampleSha512Blob, type Sample } from '@squizzle/core/testing';
import { digestAlgorithm, digestHex, verifiedContent, type Bytes, type Digest } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { filesBelow, useTemporaryFolder } from '../../test/temporary-folder.ts';
import { watchFs } from '../../test/watched-fs.ts';
import type { CacheEntry } from './cache-folder.ts';
import { createContentCache, type ContentCache } from './content-cache.ts';

const folder = useTemporaryFolder();
const blob = sampleBlob(10_000);
const large = sampleBlob(1_100_000, 2);

const pathOf = (digest: Digest): string =>
  join(folder(), 'v1', 'blobs', digestAlgorithm(digest), digestHex(digest).slice(0, 2), digestHex(digest));

async function collect(content: Bytes | undefined): Promise<Uint8Array | undefined> {
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

async function entriesOf(cache: ContentCache): Promise<readonly CacheEntry[]> {
  const entries: CacheEntry[] = [];
  for await (const entry of cache.list()) entries.push(entry);
  return entries;
}

/** An entry last used so many days ago. */
async function writeOld(cache: ContentCache, { descriptor, bytes }: Sample, days: number): Promise<void> {
  await cache.write(descriptor, [bytes]);
  const time = new Date(Date.now() - days * 24 * 3600 * 1000);
  await utimes(pathOf(descriptor.digest), time, time);
}

describe('a cache', () => {
  it.each<{ what: string; sample: Sample }>([
    { what: 'nothing', sample: sampleBlob(0) },
    { what: 'a small blob', sample: blob },
    { what: 'a large blob', sample: large },
    { what: 'a sha512 blob', sample: sampleSha512Blob(1000) },
  ])('gives back $what, to another process too', async ({ sample: { descriptor, bytes } }) => {
    await createContentCache(folder()).write(descriptor, [bytes]);
    const read = await collect(await createContentCache(folder()).read(descriptor));
    expect(Buffer.compare(read ?? Buffer.from('none'), bytes)).toBe(0);
    expect(await filesBelow(folder())).toEqual([pathOf(descriptor.digest).slice(folder().length + 1)]);
  });

  it('has nothing in a folder that does not exist, and makes none to read', async () => {
    const cache = createContentCache(join(folder(), 'none'));
    expect(await cache.read(blob.descriptor)).toBeUndefined();
    expect(await entriesOf(cache)).toEqual([]);
    expect(await cache.prune({ maxBytes: 0 })).toEqual({ removed: 0, freedBytes: 0 });
    expect(await readdir(folder())).toEqual([]);
  });

  it('is for its owner alone', async () => {
    const cache = createContentCache(join(folder(), 'cache'));
    await cache.write(blob.descriptor, [blob.bytes]);
    const below = join('cache', pathOf(blob.descriptor.digest).slice(folder().length + 1));
    expect((await stat(join(folder(), below))).mode & 0o777).toBe(0o600);
    for (let at = dirname(below); at !== '.'; at = dirname(at)) {
      expect((await stat(join(folder(), at))).mode & 0o777).toBe(0o700);
    }
  });

  it.each([
    { fault: 'a changed byte', change: (bytes: Uint8Array) => bytes.with(7, (bytes[7] ?? 0) ^ 1) },
    { fault: 'a missing end', change: (bytes: Uint8Array) => bytes.subarray(0, 4000) },
    { fault: 'an added byte', change: (bytes: Uint8Array) => Buffer.concat([bytes, Uint8Array.of(1)]) },
    { fault: 'no content, as a power failure leaves it', change: () => new Uint8Array(0) },
  ])('removes an entry with $fault when it is read, small or large', async ({ change }) => {
    const cache = createContentCache(folder());
    for (const { descriptor, bytes } of [blob, large]) {
      await cache.write(descriptor, [bytes]);
      await writeFile(pathOf(descriptor.digest), change(bytes));
      expect(await cache.read(descriptor)).toBeUndefined();
    }
    expect(await entriesOf(cache)).toEqual([]);
  });

  it.each<{ fault: string; content: Bytes; code: string }>([
    { fault: 'a wrong byte', content: [blob.bytes.with(0, 1)], code: 'DIGEST_MISMATCH' },
    { fault: 'a missing byte', content: [blob.bytes.subarray(1)], code: 'SIZE_MISMATCH' },
    {
      fault: 'a wrong byte in what claims to verify itself',
      content: verifiedContent(() => [blob.bytes.with(0, 1)], blob.descriptor),
      code: 'DIGEST_MISMATCH',
    },
  ])('keeps nothing of $fault, and says so', async ({ content, code }) => {
    const cache = createContentCache(folder());
    await expect(cache.write(blob.descriptor, content)).rejects.toMatchObject({ code });
    expect(await filesBelow(folder())).toEqual([]);
  });

  it('takes one entry from several at once', async () => {
    const caches = [createContentCache(folder()), createContentCache(folder())];
    await Promise.all([...caches, ...caches].map(async (cache) => cache.write(large.descriptor, [large.bytes])));
    expect(await entriesOf(caches[0] ?? createContentCache(''))).toHaveLength(1);
    expect(await filesBelow(folder())).toHaveLength(1);
  });

  it('never ends well with a large entry that was changed after it was checked', async () => {
    const cache = createContentCache(folder());
    await cache.write(large.descriptor, [large.bytes]);
    const content = await cache.read(large.descriptor);
    await writeFile(pathOf(large.descriptor.digest), large.bytes.with(0, (large.bytes[0] ?? 0) ^ 1));
    await expect(collect(content)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it.each<{ what: string; make: (path: string) => Promise<unknown> }>([
    { what: 'a link to what never ends', make: async (path) => symlink('/dev/zero', path) },
    { what: 'a link to the right content', make: async (path) => symlink(join(folder(), 'elsewhere'), path) },
  ])('removes an entry that is $what, unread', async ({ make }) => {
    const cache = createContentCache(folder());
    const path = pathOf(blob.descriptor.digest);
    await writeFile(join(folder(), 'elsewhere'), blob.bytes);
    await mkdir(dirname(path), { recursive: true });
    await make(path);
    expect(await cache.read(blob.descriptor)).toBeUndefined();
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('gives an entry whole though it is removed while it is read', async () => {
    const cache = createContentCache(folder());
    await cache.write(large.descriptor, [large.bytes]);
    const reader = (await cache.read(large.descriptor))?.[Symbol.asyncIterator]();
    let size = 0;
    for (let next = await reader?.next(); next !== undefined && next.done !== true; next = await reader?.next()) {
      size += next.value.byteLength;
      await cache.clear();
    }
    expect(size).toBe(large.descriptor.size);
  });

  it('refuses text that only claims to be a digest, because digests become paths', async () => {
    const digest = 'sha256:../../../etc/passwd' as Digest;
    await expect(createContentCache(folder()).read({ digest, size: 1 })).rejects.toThrow(TypeError);
  });

  it('stops with the reason of the signal', async () => {
    const cache = createContentCache(folder());
    await cache.write(large.descriptor, [large.bytes]);
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    await expect(cache.read(large.descriptor, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const content = await cache.read(large.descriptor, { signal: controller.signal });
    controller.abort(reason);
    await expect(collect(content)).rejects.toBe(reason);
  });
});

describe('a cache that is no use', () => {
  it.each([
    { step: 'open:wx', code: 'EROFS' },
    { step: 'write', code: 'ENOSPC' },
    { step: 'rename', code: 'EIO' },
    { step: 'mkdir', code: 'EACCES' },
    { step: 'close', code: 'EDQUOT' },
  ])('because of $code at $step is told of once, and nothing is left', async ({ step, code }) => {
    const { fs } = watchFs((call) => (call.startsWith(step) ? code : undefined));
    const faults: unknown[] = [];
    const cache = createContentCache(folder(), { fs, onFault: (fault) => faults.push(fault) });
    await cache.write(blob.descriptor, [blob.bytes]);
    await cache.write(large.descriptor, [large.bytes]);
    expect(faults).toMatchObject([{ code: 'STORE_UNUSABLE', details: { systemCode: code } }]);
    expect(await filesBelow(folder())).toEqual([]);
  });

  it.each(['lstat', 'open:r', 'read'])('because %s fails is as good as empty', async (step) => {
    await createContentCache(folder()).write(blob.descriptor, [blob.bytes]);
    const { fs } = watchFs((call) => (call.startsWith(`${step} `) ? 'EIO' : undefined));
    const faults: unknown[] = [];
    const cache = createContentCache(folder(), { fs, onFault: (fault) => faults.push(fault) });
    expect(await cache.read(blob.descriptor)).toBeUndefined();
    expect(faults).toHaveLength(1);
  });

  it('is a file where the folder should be', async () => {
    await writeFile(join(folder(), 'cache'), '');
    const faults: unknown[] = [];
    const cache = createContentCache(join(folder(), 'cache'), { onFault: (fault) => faults.push(fault) });
    await cache.write(blob.descriptor, [blob.bytes]);
    expect(faults).toHaveLength(1);
  });
});

describe('looking after a cache', () => {
  const [one, two, three] = [sampleBlob(1000, 1), sampleBlob(1000, 2), sampleBlob(1000, 3)];

  it('lists entries with their sizes and when they were used', async () => {
    const cache = createContentCache(folder());
    await writeOld(cache, one, 3);
    await cache.write(large.descriptor, [large.bytes]);
    await writeFile(join(dirname(pathOf(one.descriptor.digest)), 'a stranger'), '');
    const entries = await entriesOf(cache);
    expect(entries.map(({ digest, size }) => `${digest} ${size}`).toSorted()).toEqual(
      [one, large].map(({ descriptor: { digest, size } }) => `${digest} ${size}`).toSorted(),
    );
    const used = entries.find(({ digest }) => digest === one.descriptor.digest)?.usedAt;
    expect(Math.round((Date.now() - (used?.getTime() ?? 0)) / 3_600_000)).toBe(72);
  });

  it('counts reading as use', async () => {
    const cache = createContentCache(folder());
    await writeOld(cache, one, 30);
    await writeOld(cache, two, 20);
    await collect(await cache.read(one.descriptor));
    expect(await cache.prune({ olderThanMs: 10 * 24 * 3600 * 1000 })).toEqual({ removed: 1, freedBytes: 1000 });
    expect((await entriesOf(cache)).map(({ digest }) => digest)).toEqual([one.descriptor.digest]);
  });

  it.each([
    { maxBytes: 3000, left: [3, 2, 1], why: 'all fit' },
    { maxBytes: 2999, left: [2, 1], why: 'one byte too many' },
    { maxBytes: 1000, left: [1], why: 'the youngest stays' },
    { maxBytes: 0, left: [], why: 'nothing may stay' },
  ])('prunes to $maxBytes bytes, what was used longest ago first: $why', async ({ maxBytes, left }) => {
    const cache = createContentCache(folder());
    for (const [days, sample] of [
      [1, one],
      [2, two],
      [3, three],
    ] as const) {
      await writeOld(cache, sample, days);
    }
    await cache.prune({ maxBytes });
    const entries = (await entriesOf(cache)).map(({ usedAt }) =>
      Math.round((Date.now() - usedAt.getTime()) / 86_400_000),
    );
    expect(entries.toSorted((a, b) => b - a)).toEqual(left);
  });

  it('prunes nothing when nothing is asked', async () => {
    const cache = createContentCache(folder());
    await writeOld(cache, one, 1000);
    expect(await cache.prune()).toEqual({ removed: 0, freedBytes: 0 });
  });

  it('keeps within its limit while it is written, and keeps what came last', async () => {
    const cache = createContentCache(folder(), { maxBytes: 5000, random: () => 0 });
    for (let seed = 10; seed < 30; seed += 1) {
      const { descriptor, bytes } = sampleBlob(1000, seed);
      await cache.write(descriptor, [bytes]);
      const time = new Date(Date.now() - (30 - seed) * 60_000);
      await utimes(pathOf(descriptor.digest), time, time);
    }
    const entries = await entriesOf(cache);
    expect(entries.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(5000);
    expect(await cache.read(sampleBlob(1000, 29).descriptor)).toBeDefined();
  });

  it('looks at its size for one of many small writes only', async () => {
    const { fs, calls } = watchFs();
    const cache = createContentCache(folder(), { fs, maxBytes: 1_000_000, random: () => 0.5 });
    for (let seed = 10; seed < 20; seed += 1) {
      await cache.write(sampleBlob(1000, seed).descriptor, [sampleBlob(1000, seed).bytes]);
    }
    expect(calls.filter((call) => call.startsWith('readdir'))).toEqual([]);
  });

  it('does not keep what is larger than its limit', async () => {
    const cache = createContentCache(folder(), { maxBytes: 5000 });
    await cache.write(blob.descriptor, [blob.bytes]);
    expect(await readdir(folder())).toEqual([]);
  });

  it('clears everything', async () => {
    const cache = createContentCache(folder());
    for (const { descriptor, bytes } of [one, two]) await cache.write(descriptor, [bytes]);
    expect(await cache.clear()).toEqual({ removed: 2, freedBytes: 2000 });
    expect(await filesBelow(folder())).toEqual([]);
  });

  it('verifies every entry and removes the damaged ones', async () => {
    const cache = createContentCache(folder());
    for (const { descriptor, bytes } of [one, two, three]) await cache.write(descriptor, [bytes]);
    await writeFile(pathOf(two.descriptor.digest), two.bytes.with(0, 99));
    expect(await cache.verify()).toEqual({ checked: 3, removed: 1 });
    expect(await cache.verify()).toEqual({ checked: 2, removed: 0 });
    expect(await cache.read(one.descriptor)).toBeDefined();
  });

  it('removes what a killed process left half written, after a day', async () => {
    const cache = createContentCache(folder());
    const arrivals = join(folder(), 'v1', 'arriving');
    await mkdir(arrivals, { recursive: true });
    const [old, fresh] = [randomUUID(), randomUUID()];
    for (const [name, hours] of [
      [old, 25],
      [fresh, 1],
      ['somebody-elses', 99],
    ] as const) {
      await writeFile(join(arrivals, name), 'half');
      const time = new Date(Date.now() - hours * 3_600_000);
      await utimes(join(arrivals, name), time, time);
    }
    await cache.prune();
    expect((await readdir(arrivals)).sort()).toEqual([fresh, 'somebody-elses'].sort());
  });

  it.each(['v1', 'v1/blobs', 'v1/arriving', 'v1/blobs/sha256'])(
    'touches nothing behind a link in place of %s',
    async (at) => {
      const [other, link] = [join(folder(), 'other'), join(folder(), 'cache', at)];
      const theirs = [`blobs/sha256/${digestHex(blob.descriptor.digest).slice(0, 2)}`, 'arriving'];
      for (const below of [...theirs, ...theirs.map((path) => path.replace(/^blobs\//, '')), '']) {
        await mkdir(join(other, below), { recursive: true });
        await writeFile(join(other, below, below.startsWith('arriving') ? randomUUID() : 'precious'), '');
      }
      await mkdir(dirname(link), { recursive: true });
      await symlink(other, link);
      const before = await filesBelow(other);
      const faults: unknown[] = [];
      const cache = createContentCache(join(folder(), 'cache'), { onFault: (fault) => faults.push(fault) });
      await cache.write(blob.descriptor, [blob.bytes]);
      await cache.clear().catch((thrown: unknown) => faults.push(thrown));
      expect(await filesBelow(other)).toEqual(before);
      for (const fault of faults) expect(fault).toMatchObject({ code: 'STORE_UNUSABLE', details: { path: link } });
      expect(faults.length).toBeGreaterThan(0);
    },
  );

  it('may lie behind a link itself', async () => {
    await mkdir(join(folder(), 'other'));
    await symlink(join(folder(), 'other'), join(folder(), 'link'));
    const cache = createContentCache(join(folder(), 'link'));
    await cache.write(blob.descriptor, [blob.bytes]);
    expect(await collect(await cache.read(blob.descriptor))).toEqual(blob.bytes);
  });

  it('tells who looks after it what the file system says', async () => {
    const { fs } = watchFs((call) => (call.startsWith('readdir') ? 'EACCES' : undefined));
    const cache = createContentCache(folder(), { fs });
    await expect(cache.prune({ maxBytes: 0 })).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    await expect(entriesOf(cache)).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
  });
});

describe('files that are only read', () => {
  it('serve a user who may not write there', async () => {
    await createContentCache(folder()).write(blob.descriptor, [blob.bytes]);
    await chmod(pathOf(blob.descriptor.digest), 0o400);
    const { fs } = watchFs((call) => (call.startsWith('utimes') ? 'EPERM' : undefined));
    await utimes(pathOf(blob.descriptor.digest), 0, 0);
    const read = await collect(await createContentCache(folder(), { fs }).read(blob.descriptor));
    expect(read).toEqual(new Uint8Array(await readFile(pathOf(blob.descriptor.digest))));
    expect((await nodeFs.stat(pathOf(blob.descriptor.digest))).mtimeMs).toBe(0);
  });
});
