import nodeFs, { chmod, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchAll, inChunks, pushImage, sampleBlob, sampleImage, tagsOf, toTag } from '@squizzle/core/testing';
import { digestHex, type Digest } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { filesBelow, useTemporaryFolder } from '../../test/temporary-folder.ts';
import { systemError, watchFs } from '../../test/watched-fs.ts';
import type { LayoutFs } from './layout-fs.ts';
import { createLayoutStore } from './layout-store.ts';

const blob = sampleBlob(10_000);
const blobName = digestHex(blob.descriptor.digest);
const folder = useTemporaryFolder();

const blobPath = (digest: Digest): string => join(folder(), 'blobs', 'sha256', digestHex(digest));

describe('a push', () => {
  it('writes, flushes, renames and flushes the folder, in this order, so that a power failure keeps all or nothing', async () => {
    await createLayoutStore(folder()).push(sampleBlob(1).descriptor, [sampleBlob(1).bytes]);
    const { fs, calls } = watchFs();
    await createLayoutStore(folder(), { fs }).push(blob.descriptor, inChunks(blob.bytes, 5000));
    const arriving = calls.find((call) => call.startsWith('open:wx'))?.slice('open:wx '.length);
    const place = join(folder(), 'blobs', 'sha256');
    expect(calls.slice(calls.indexOf(`open:wx ${arriving}`))).toEqual([
      `open:wx ${arriving}`,
      `write ${arriving}`,
      `write ${arriving}`,
      `sync ${arriving}`,
      `close ${arriving}`,
      `rename ${join(place, blobName)}`,
      `open:r ${place}`,
      `sync ${place}`,
      `close ${place}`,
    ]);
  });

  it.each([
    { step: 'open:wx', at: 'arriving', code: 'EACCES' },
    { step: 'write', at: 'arriving', code: 'ENOSPC' },
    { step: 'sync', at: 'arriving', code: 'EIO' },
    { step: 'close', at: 'arriving', code: 'EDQUOT' },
    { step: 'rename', at: blobName, code: 'EROFS' },
    { step: 'sync', at: 'sha256', code: 'EIO' },
    { step: 'mkdir', at: 'sha256', code: 'ENOSPC' },
  ])(
    'that fails with $code at $step $at shows nothing, leaves nothing, and says what to do',
    async ({ step, at, code }) => {
      await pushImage(createLayoutStore(folder()), 'before');
      const before = await filesBelow(folder());
      const { fs } = watchFs((call) => (call.startsWith(step) && call.includes(at) ? code : undefined));
      const store = createLayoutStore(folder(), { fs });
      await expect(store.push(blob.descriptor, inChunks(blob.bytes, 1000))).rejects.toMatchObject({
        name: 'SquizzleError',
        code: 'STORE_UNUSABLE',
        message: expect.stringMatching(new RegExp(`${code}: .{20}`)) as string,
        details: { systemCode: code },
      });
      expect(await store.has(blob.descriptor)).toBe(false);
      expect(await filesBelow(folder())).toEqual(before);
    },
  );

  it('succeeds where folders cannot be flushed: Windows and some network file systems', async () => {
    const { fs } = watchFs((call) => (call.startsWith('open:r') && call.endsWith('sha256') ? 'EISDIR' : undefined));
    const store = createLayoutStore(folder(), { fs });
    await store.push(blob.descriptor, [blob.bytes]);
    expect(await fetchAll(store, blob.descriptor)).toEqual(blob.bytes);
  });

  it('throws the first fault when cleaning up fails too', async () => {
    const { fs } = watchFs((call) =>
      call.includes('arriving') ? { write: 'ENOSPC', unlink: 'EIO' }[call.split(' ')[0] ?? ''] : undefined,
    );
    const store = createLayoutStore(folder());
    await pushImage(store, 'before');
    const failing = createLayoutStore(folder(), { fs }).push(blob.descriptor, [blob.bytes]);
    await expect(failing).rejects.toMatchObject({ details: { systemCode: 'ENOSPC' } });
  });

  it('passes on a system error of the source unchanged: the store is not at fault', async () => {
    const broken = systemError('ECONNRESET', 'read');
    const source = {
      [Symbol.asyncIterator]: () => ({ next: async () => Promise.reject(broken) }),
    };
    await expect(createLayoutStore(folder()).push(blob.descriptor, source)).rejects.toBe(broken);
  });

  it('heals a blob whose file is cut short, because a disk may have been full once', async () => {
    const store = createLayoutStore(folder());
    await store.push(blob.descriptor, [blob.bytes]);
    await chmod(blobPath(blob.descriptor.digest), 0o644);
    await truncate(blobPath(blob.descriptor.digest), 100);
    expect(await store.has(blob.descriptor)).toBe(false);
    await store.push(blob.descriptor, [blob.bytes]);
    expect(await fetchAll(store, blob.descriptor)).toEqual(blob.bytes);
  });

  it('refuses text that only claims to be a digest, because digests become paths', async () => {
    const digest = 'sha256:../../../../etc/passwd' as Digest;
    await expect(createLayoutStore(folder()).push({ ...blob.descriptor, digest }, [])).rejects.toThrow(TypeError);
  });
});

describe('a fetch', () => {
  it.each([
    {
      fault: 'a changed byte',
      change: (bytes: Uint8Array) => bytes.with(5, (bytes[5] ?? 0) ^ 1),
      code: 'DIGEST_MISMATCH',
    },
    { fault: 'a missing end', change: (bytes: Uint8Array) => bytes.subarray(0, 50), code: 'SIZE_MISMATCH' },
    { fault: 'an added byte', change: (bytes: Uint8Array) => Uint8Array.of(...bytes, 0), code: 'SIZE_MISMATCH' },
  ])('tells of $fault on the disk with $code', async ({ change, code }) => {
    const store = createLayoutStore(folder());
    await store.push(blob.descriptor, [blob.bytes]);
    await rm(blobPath(blob.descriptor.digest));
    await writeFile(blobPath(blob.descriptor.digest), change(blob.bytes));
    await expect(fetchAll(store, blob.descriptor)).rejects.toMatchObject({ name: 'ContentError', code });
  });

  it.each(['open:r', 'read'])('reports a disk that fails at %s', async (step) => {
    await createLayoutStore(folder()).push(blob.descriptor, [blob.bytes]);
    const { fs } = watchFs((call) => (call.startsWith(step) && call.endsWith(blobName) ? 'EIO' : undefined));
    await expect(fetchAll(createLayoutStore(folder(), { fs }), blob.descriptor)).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      details: { path: blobPath(blob.descriptor.digest), systemCode: 'EIO' },
    });
  });

  it('holds one buffer of a large blob, and closes the file when the reader stops', async () => {
    const large = sampleBlob(1_000_000);
    const { fs, calls } = watchFs();
    const store = createLayoutStore(folder(), { fs });
    await store.push(large.descriptor, [large.bytes]);
    const reader = store.fetch(large.descriptor)[Symbol.asyncIterator]();
    const first = (await reader.next()) as IteratorYieldResult<Uint8Array>;
    expect(first.value.byteLength).toBeLessThanOrEqual(256 * 1024);
    await reader.return?.();
    expect(calls.at(-1)).toBe(`close ${blobPath(large.descriptor.digest)}`);
    expect(calls.filter((call) => call === `read ${blobPath(large.descriptor.digest)}`)).toHaveLength(1);
  });
});

describe('a tag', () => {
  it.each([
    { step: 'open:wx', at: 'index.lock', code: 'EROFS' },
    { step: 'write', at: 'index.lock', code: 'ENOSPC' },
    { step: 'open:wx', at: 'arriving', code: 'ENOSPC' },
    { step: 'write', at: 'arriving', code: 'ENOSPC' },
    { step: 'sync', at: 'arriving', code: 'EIO' },
    { step: 'rename', at: 'index.json', code: 'EIO' },
  ])('that fails with $code at $step $at leaves the index as it was, and no lock', async ({ step, at, code }) => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'a');
    await store.tag(image, toTag('v1'));
    const before = await readFile(join(folder(), 'index.json'));
    const files = await filesBelow(folder());
    const { fs } = watchFs((call) => (call.startsWith(step) && call.includes(at) ? code : undefined));
    const failing = createLayoutStore(folder(), { fs }).tag(image, toTag('v2'));
    await expect(failing).rejects.toMatchObject({ code: 'STORE_UNUSABLE', details: { systemCode: code } });
    expect(await readFile(join(folder(), 'index.json'))).toEqual(before);
    expect(await filesBelow(folder())).toEqual(files);
  });

  it('names no manifest that was deleted while it waited for the lock', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'a');
    let deleted = false;
    const slow: LayoutFs = {
      ...nodeFs,
      async open(path, flags, mode) {
        if (path.endsWith('index.lock') && flags === 'wx' && !deleted) {
          deleted = true;
          await store.delete(image);
        }
        return nodeFs.open(path, flags, mode);
      },
    };
    const late = createLayoutStore(folder(), { fs: slow }).tag(image, toTag('v1'));
    await expect(late).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    expect(await tagsOf(store)).toEqual([]);
  });

  it('reports a folder that could not be flushed, the index whole: the new one may not survive a power failure', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'a');
    const { fs } = watchFs((call) => (call === `sync ${folder()}` ? 'EIO' : undefined));
    const failing = createLayoutStore(folder(), { fs }).tag(image, toTag('v1'));
    await expect(failing).rejects.toMatchObject({ details: { path: folder(), systemCode: 'EIO' } });
    expect(await tagsOf(store)).toEqual(['v1']);
  });
});

describe('a folder that is not ours to use', () => {
  const calls = [
    { call: 'has', run: async (root: string) => createLayoutStore(root).has(blob.descriptor) },
    { call: 'push', run: async (root: string) => createLayoutStore(root).push(blob.descriptor, [blob.bytes]) },
    { call: 'fetch', run: async (root: string) => fetchAll(createLayoutStore(root), blob.descriptor) },
    { call: 'tags', run: async (root: string) => tagsOf(createLayoutStore(root)) },
    { call: 'tag', run: async (root: string) => createLayoutStore(root).tag(blob.descriptor, toTag('v1')) },
    { call: 'untag', run: async (root: string) => createLayoutStore(root).untag(toTag('v1')) },
    { call: 'delete', run: async (root: string) => createLayoutStore(root).delete(blob.descriptor) },
  ];

  it.each(calls)('is refused by $call when it has files and no oci-layout, and stays as it is', async ({ run }) => {
    await writeFile(join(folder(), 'thesis.txt'), 'mine');
    await expect(run(folder())).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining('choose another folder') as string,
      details: { path: folder(), systemCode: null },
    });
    expect(await readdir(folder())).toEqual(['thesis.txt']);
  });

  it.each(calls)('is reported by $call when it is a file', async ({ run }) => {
    const root = join(folder(), 'file');
    await writeFile(root, 'mine');
    await expect(run(root)).rejects.toMatchObject({ code: 'STORE_UNUSABLE', details: { systemCode: 'ENOTDIR' } });
    expect(await readFile(root, 'utf8')).toBe('mine');
  });

  it.each([
    { content: '{"imageLayoutVersion":"2.0.0"}', says: 'update SQUIZZLE' },
    { content: '{"imageLayoutVersion":"1.1.0"}', says: 'update SQUIZZLE' },
    { content: '{"imageLayoutVersion":1}', says: 'found none' },
    { content: '{}', says: 'found none' },
    { content: 'nonsense', says: 'restore it' },
    { content: ' '.repeat(70_000), says: 'larger than' },
  ])('is refused with oci-layout $content, because its rules are not known', async ({ content, says }) => {
    await writeFile(join(folder(), 'oci-layout'), content);
    const failing = createLayoutStore(folder()).push(blob.descriptor, [blob.bytes]);
    await expect(failing).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringContaining(says) as string,
      details: { path: join(folder(), 'oci-layout') },
    });
    expect(await readdir(folder())).toEqual(['oci-layout']);
  });

  it.each([
    { content: 'nonsense', why: 'no JSON' },
    { content: '[]', why: 'no object' },
    { content: '{"schemaVersion":1,"manifests":[]}', why: 'another schema' },
    { content: '{"schemaVersion":2,"manifests":{}}', why: 'no list' },
  ])('is refused with index.json $content: $why, and a write does not replace it', async ({ content }) => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'a');
    await writeFile(join(folder(), 'index.json'), content);
    const refusal = { code: 'STORE_UNUSABLE', message: expect.stringContaining('restore it') as string };
    await expect(tagsOf(store)).rejects.toMatchObject(refusal);
    await expect(store.tag(image, toTag('v1'))).rejects.toMatchObject(refusal);
    expect(await readFile(join(folder(), 'index.json'), 'utf8')).toBe(content);
    expect(await readdir(join(folder(), '.squizzle'))).toEqual(['arriving']);
  });
});

describe('a folder', () => {
  it('that does not exist reads as empty, and reading does not make it', async () => {
    const root = join(folder(), 'absent');
    const store = createLayoutStore(root);
    expect(await store.has(blob.descriptor)).toBe(false);
    expect(await store.resolve(toTag('v1'))).toBeUndefined();
    expect(await store.resolve(blob.descriptor.digest)).toBeUndefined();
    expect(await tagsOf(store)).toEqual([]);
    await store.untag(toTag('v1'));
    await store.delete(sampleImage('a').descriptor);
    await expect(fetchAll(store, blob.descriptor)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    await expect(store.tag(blob.descriptor, toTag('v1'))).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    expect(await readdir(folder())).toEqual([]);
  });

  it('that is the root of an ext4 volume counts as empty', async () => {
    await mkdir(join(folder(), 'lost+found'));
    const store = createLayoutStore(folder());
    await store.push(blob.descriptor, [blob.bytes]);
    expect(await store.has(blob.descriptor)).toBe(true);
  });

  it('whose making was cut off before index.json is completed by the next write', async () => {
    await writeFile(join(folder(), 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    const store = createLayoutStore(folder());
    expect(await tagsOf(store)).toEqual([]);
    await store.push(blob.descriptor, [blob.bytes]);
    expect(JSON.parse(await readFile(join(folder(), 'index.json'), 'utf8'))).toMatchObject({ manifests: [] });
  });

  it('that is read-only takes again what it has, so that a finished publish can be run again', async () => {
    const image = await pushImage(createLayoutStore(folder()), 'a', [blob]);
    await createLayoutStore(folder()).claimTag(image, toTag('v1'));
    const { fs } = watchFs((call) => (/^(?:open:wx|mkdir|rename|unlink)/.test(call) ? 'EROFS' : undefined));
    const store = createLayoutStore(folder(), { fs });
    expect(await pushImage(store, 'a', [blob])).toEqual(image);
    await store.claimTag(image, toTag('v1'));
    await store.untag(toTag('v2'));
    expect(await fetchAll(store, blob.descriptor)).toEqual(blob.bytes);
    await expect(store.tag(image, toTag('v2'))).rejects.toMatchObject({ details: { systemCode: 'EROFS' } });
  });

  it('is named by its description', () => {
    expect(createLayoutStore('/srv/store').description).toBe('folder /srv/store');
  });
});
