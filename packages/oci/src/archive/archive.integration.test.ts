import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  attach,
  createMemoryContentStore,
  fetchAll,
  pushImage,
  referrersOf,
  sampleBlob,
  sampleImage,
  sampleIndex,
  sampleSha512Blob,
  tagsOf,
  toTag,
  type MemoryContentStore,
} from '@squizzle/core/testing';
import { digestHex, digestOf, EMPTY_DESCRIPTOR, EMPTY_JSON, MEDIA_TYPES, type Descriptor } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { entriesOf } from '../../test/read-tar.ts';
import { tarOf, type TarMember } from '../../test/tar-members.ts';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import { watchFs } from '../../test/watched-fs.ts';
import { importArchive } from './import-archive.ts';
import { openLayoutArchive } from './tar-index.ts';
import { exportArchive } from './write-archive.ts';

const folder = useTemporaryFolder();
const path = (): string => join(folder(), 'release.tar');
const [one, two, large] = [sampleBlob(1000, 1), sampleBlob(513, 2), sampleBlob(1_200_000, 3)];
const SIGNATURE = 'application/vnd.test.signature';

let from: MemoryContentStore;
let image: Descriptor;
let signature: Descriptor;
beforeEach(async () => {
  from = createMemoryContentStore('from');
  image = await pushImage(from, 'a', [one, two, large]);
  signature = await attach(from, image, { artifactType: SIGNATURE });
});
const roots = () => [{ descriptor: image, tags: [toTag('v1.0.0'), toTag('latest')] }];
const blobName = ({ digest }: Pick<Descriptor, 'digest'>): string => `blobs/sha256/${digestHex(digest)}`;

describe('exportArchive', () => {
  it('writes a layout that holds each blob once, and what it wrote', async () => {
    const told: string[] = [];
    const written = await exportArchive({
      roots: roots(),
      from,
      path: path(),
      onBlob: ({ digest }) => told.push(digest),
    });
    const contents = [image, signature, EMPTY_DESCRIPTOR, one.descriptor, two.descriptor, large.descriptor];
    const names = contents.map((descriptor) => blobName(descriptor)).toSorted();
    const entries = await entriesOf(await readFile(path()), { maxBytes: 1e9 });
    expect(entries.map((entry) => entry.path)).toEqual(['oci-layout', 'index.json', 'blobs', 'blobs/sha256', ...names]);
    expect(told).toEqual(contents.map(({ digest }) => digest).toSorted());
    expect(written).toEqual({ blobs: 6, sizeBytes: (await stat(path())).size });
    expect(JSON.parse(entries[1]?.content ?? '')).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: [
        { ...image, annotations: { 'org.opencontainers.image.ref.name': 'v1.0.0' } },
        { ...image, annotations: { 'org.opencontainers.image.ref.name': 'latest' } },
        { ...signature, artifactType: SIGNATURE },
      ],
    });
  });

  it('writes the same bytes again, from another store too', async () => {
    const other = createMemoryContentStore('other');
    await attach(other, image, { artifactType: SIGNATURE });
    await pushImage(other, 'a', [large, one, two]);
    await pushImage(other, 'a', [one, two, large]);
    await exportArchive({ roots: roots(), from, path: path() });
    await exportArchive({ roots: roots(), from: other, path: `${path()}2` });
    expect(digestOf(await readFile(path()))).toBe(digestOf(await readFile(`${path()}2`)));
  });

  it('leaves signatures out where the source keeps no referrers', async () => {
    const { fetch } = from;
    await exportArchive({ roots: roots(), from: { fetch }, path: path() });
    const archive = await openLayoutArchive(path());
    expect(archive.attached).toEqual([]);
    expect(await archive.has(signature)).toBe(false);
    await archive.close();
  });

  it('makes the folder that it is to be in', async () => {
    await exportArchive({ roots: roots(), from, path: join(folder(), 'a', 'b', 'release.tar') });
    expect(await readdir(join(folder(), 'a', 'b'))).toEqual(['release.tar']);
  });

  it('does not touch a file that is there, unless told to replace it', async () => {
    await writeFile(path(), 'precious');
    await expect(exportArchive({ roots: roots(), from, path: path() })).rejects.toMatchObject({
      code: 'FILE_EXISTS',
      details: { path: path() },
    });
    expect(await readFile(path(), 'utf8')).toBe('precious');
    await exportArchive({ roots: roots(), from, path: path(), existing: 'replace' });
    expect((await stat(path())).size).toBeGreaterThan(1_200_000);
  });

  it('does not replace a file that appeared while it wrote', async () => {
    const onBlob = (): void => writeFileSync(path(), 'precious');
    await expect(exportArchive({ roots: roots(), from, path: path(), onBlob })).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    });
    expect(await readdir(folder())).toEqual(['release.tar']);
    expect(await readFile(path(), 'utf8')).toBe('precious');
  });

  it.each([
    { step: 'open:wx', code: 'EACCES' },
    { step: 'write', code: 'ENOSPC' },
    { step: 'sync', code: 'EIO' },
    { step: 'rename', code: 'EROFS' },
  ])('leaves nothing when $step fails with $code', async ({ step, code }) => {
    const { fs } = watchFs((call) => (call.startsWith(step) ? code : undefined));
    await expect(exportArchive({ roots: roots(), from, path: path(), fs })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      details: { systemCode: code },
    });
    expect(await readdir(folder())).toEqual([]);
  });

  it.each<{ fault: string; content: (bytes: Uint8Array) => Uint8Array; code: string }>([
    { fault: 'a wrong byte', content: (bytes) => bytes.with(0, (bytes[0] ?? 0) ^ 1), code: 'DIGEST_MISMATCH' },
    { fault: 'a missing byte', content: (bytes) => bytes.subarray(1), code: 'SIZE_MISMATCH' },
    { fault: 'an added byte', content: (bytes) => Buffer.concat([bytes, Uint8Array.of(0)]), code: 'SIZE_MISMATCH' },
  ])('leaves nothing of a source that gives $fault, in a small blob and in a large one', async ({ content, code }) => {
    for (const bad of [one, large]) {
      const source = {
        ...from,
        fetch: (descriptor: Descriptor) =>
          descriptor.digest === bad.descriptor.digest
            ? (async function* () {
                yield content(bad.bytes);
              })()
            : from.fetch(descriptor),
      };
      await expect(exportArchive({ roots: roots(), from: source, path: path() })).rejects.toMatchObject({ code });
      expect(await readdir(folder())).toEqual([]);
    }
  });

  it('leaves nothing when the source lacks a blob', async () => {
    const { descriptor, bytes } = sampleImage('whole', [sampleBlob(5, 99).descriptor]);
    await from.push(descriptor, [bytes]);
    const options = { roots: [...roots(), { descriptor, tags: [] }], from, path: path() };
    await expect(exportArchive(options)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    expect(await readdir(folder())).toEqual([]);
  });

  it('leaves nothing when aborted, before and in the middle', async () => {
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    const stopped = { roots: roots(), from, path: path(), signal: AbortSignal.abort(reason) };
    await expect(exportArchive(stopped)).rejects.toBe(reason);
    const stopping = { ...stopped, signal: controller.signal, onBlob: () => controller.abort(reason) };
    await expect(exportArchive(stopping)).rejects.toBe(reason);
    expect(await readdir(folder())).toEqual([]);
  });

  it.each([
    { what: 'nothing', wrong: () => [] },
    {
      what: 'one tag for two manifests',
      wrong: () => [...roots(), { descriptor: signature, tags: [toTag('latest')] }],
    },
  ])('takes $what for a mistake of its caller', async ({ wrong }) => {
    await expect(exportArchive({ roots: wrong(), from, path: path() })).rejects.toThrow(RangeError);
    expect(await readdir(folder())).toEqual([]);
  });
});

describe('an archive', () => {
  it.each([
    { how: 'plain', pack: (tar: Buffer) => tar },
    { how: 'gzipped', pack: (tar: Buffer) => gzipSync(tar) },
  ])('is read in place as a store, $how', async ({ pack }) => {
    await exportArchive({ roots: roots(), from, path: path() });
    await writeFile(path(), pack(await readFile(path())));
    const archive = await openLayoutArchive(path(), { temporaryFolder: folder() });
    expect(archive.roots).toEqual([{ descriptor: image, tags: ['latest', 'v1.0.0'] }]);
    expect(archive.attached).toEqual([{ ...signature, artifactType: SIGNATURE }]);
    expect(archive.description).toBe(`archive ${path()}`);
    expect(await archive.resolve(toTag('latest'))).toEqual(image);
    expect(await archive.resolve(signature.digest)).toMatchObject(signature);
    expect(await archive.resolve(toTag('v2'))).toBeUndefined();
    const store = archive as unknown as MemoryContentStore;
    expect(await tagsOf(store)).toEqual(['latest', 'v1.0.0']);
    expect(await referrersOf(archive, image)).toMatchObject([signature]);
    for (let time = 0; time < 2; time += 1) {
      expect(Buffer.compare(await fetchAll(store, large.descriptor), large.bytes)).toBe(0);
    }
    expect(await archive.has({ ...large.descriptor, size: 1 })).toBe(false);
    const { descriptor } = sampleBlob(7, 7);
    await expect(fetchAll(store, descriptor)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    await archive.close();
    expect(await readdir(folder())).toEqual(['release.tar']);
  });

  it('brings everything into a store, and says what it was', async () => {
    const index = sampleIndex([image]);
    await from.push(index.descriptor, [index.bytes]);
    const sha512 = sampleSha512Blob(200);
    const second = await pushImage(from, 'b', [sha512, one]);
    const report = await attach(from, signature, { annotations: { on: 'signature' } });
    const exported = [
      ...roots(),
      { descriptor: index.descriptor, tags: [] },
      { descriptor: second, tags: [toTag('v2')] },
    ];
    await exportArchive({ roots: exported, from, path: path() });
    const to = createMemoryContentStore('to');
    const imported = await importArchive({ path: path(), to });
    expect(imported.roots).toEqual([
      { descriptor: image, tags: ['latest', 'v1.0.0'] },
      { descriptor: second, tags: ['v2'] },
      { descriptor: index.descriptor, tags: [] },
    ]);
    expect(imported.referrers.map(({ digest }) => digest)).toEqual([signature.digest, report.digest].toSorted());
    for (const { descriptor, bytes } of [one, two, large, sha512]) {
      expect(Buffer.compare(await fetchAll(to, descriptor), bytes)).toBe(0);
    }
    expect(await referrersOf(to, image)).toEqual(await referrersOf(from, image));
    expect(await referrersOf(to, signature)).toEqual(await referrersOf(from, signature));
    expect(await tagsOf(to)).toEqual([]);
  });

  it('does not push what the store has', async () => {
    await exportArchive({ roots: roots(), from, path: path() });
    const to = createMemoryContentStore('to');
    await to.push(large.descriptor, [large.bytes]);
    const told = new Map<string, string>();
    await importArchive({ path: path(), to, onBlob: ({ digest }, outcome) => told.set(digest, outcome) });
    expect(told.get(large.descriptor.digest)).toBe('present');
    expect(told.get(signature.digest)).toBe('copied');
  });

  it('stops with the reason of the signal', async () => {
    await exportArchive({ roots: roots(), from, path: path() });
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    const to = createMemoryContentStore('to');
    const aborted = { path: path(), to, signal: AbortSignal.abort(reason) };
    await expect(importArchive(aborted)).rejects.toBe(reason);
    const stopping = { path: path(), to, signal: controller.signal, onBlob: () => controller.abort(reason) };
    await expect(importArchive(stopping)).rejects.toBe(reason);
    expect(await to.has(image)).toBe(false);
  });
});

describe('a file', () => {
  const marker: TarMember = { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' };
  const index: TarMember = { name: 'index.json', content: '{"schemaVersion":2,"manifests":[]}' };

  it.each<{ what: string; bytes: Uint8Array; entry: string | null; reason: RegExp }>([
    { what: 'no tar', bytes: Buffer.alloc(2000, 'x'), entry: null, reason: /no(t a)? tar/ },
    { what: 'empty', bytes: Buffer.alloc(0), entry: null, reason: /cut short/ },
    {
      what: 'a tar of something else',
      bytes: tarOf([{ name: 'a.sql' }]),
      entry: 'oci-layout',
      reason: /no image layout/,
    },
    {
      what: 'a layout inside a folder',
      bytes: tarOf([{ ...marker, name: 'x/oci-layout' }]),
      entry: 'oci-layout',
      reason: /tar -C folder/,
    },
    { what: 'a layout without index', bytes: tarOf([marker]), entry: 'index.json', reason: /no image layout/ },
    {
      what: 'a layout of another version',
      bytes: tarOf([{ ...marker, content: '{"imageLayoutVersion":"2.0.0"}' }, index]),
      entry: 'oci-layout',
      reason: /1\.0\.x/,
    },
    {
      what: 'a layout whose mark is no JSON',
      bytes: tarOf([{ ...marker, content: '1' }, index]),
      entry: 'oci-layout',
      reason: /cannot be read/,
    },
    {
      what: 'a layout whose index is no JSON',
      bytes: tarOf([marker, { ...index, content: '{' }]),
      entry: 'index.json',
      reason: /cannot be read/,
    },
    {
      what: 'a layout whose index is none',
      bytes: tarOf([marker, { ...index, content: '{"schemaVersion":1}' }]),
      entry: 'index.json',
      reason: /schemaVersion 2/,
    },
    {
      what: 'a layout with a link',
      bytes: tarOf([marker, index, { name: 'blobs', type: '2', linkname: '/' }]),
      entry: 'blobs',
      reason: /symbolic link/,
    },
    {
      what: 'a layout that names a file twice',
      bytes: tarOf([marker, index, index]),
      entry: 'index.json',
      reason: /twice/,
    },
    { what: 'a gzip of no tar', bytes: gzipSync(Buffer.alloc(2000, 'x')), entry: null, reason: /no(t a)? tar/ },
    {
      what: 'a gzip cut short',
      bytes: gzipSync(tarOf([marker, index])).subarray(0, -5),
      entry: null,
      reason: /damaged/,
    },
    { what: 'a bomb', bytes: gzipSync(Buffer.alloc(30_000_000)), entry: null, reason: /100 times/ },
    { what: 'compressed with zstd', bytes: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), entry: null, reason: /zstd: unpack/ },
  ])('that is $what is refused', async ({ bytes, entry, reason }) => {
    await writeFile(path(), bytes);
    await expect(openLayoutArchive(path(), { temporaryFolder: folder() })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      details: { path: path(), entry, reason: expect.stringMatching(reason) as string },
    });
    expect(await readdir(folder())).toEqual(['release.tar']);
  });

  it.each<{ what: string; make: () => Promise<unknown>; reason: RegExp }>([
    { what: 'is not there', make: async () => undefined, reason: /there is no such file/ },
    { what: 'is a folder', make: async () => mkdir(path()), reason: /is no file/ },
    {
      what: 'is a pipe that nobody writes into',
      make: async () => execFileSync('mkfifo', [path()]),
      reason: /is no file/,
    },
  ])('that $what is STORE_UNUSABLE', async ({ make, reason }) => {
    await make();
    await expect(openLayoutArchive(path())).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      message: expect.stringMatching(reason) as string,
    });
  });

  it('as docker save and podman write it is read: other files, tags and names of its own', async () => {
    const { descriptor, bytes } = sampleImage('docker');
    const named = (name: string): object => ({
      ...descriptor,
      annotations: { 'org.opencontainers.image.ref.name': name },
    });
    const listed = { schemaVersion: 2, manifests: [named('v1'), named('docker.io/library/app:v1')] };
    const tar = tarOf([
      { name: './', type: '5' },
      { name: './blobs/', type: '5' },
      { name: './blobs/sha256/', type: '5' },
      { name: `./${blobName(EMPTY_DESCRIPTOR)}`, content: EMPTY_JSON },
      { name: `./${blobName(descriptor)}`, content: bytes },
      { name: './blobs/sha256/notes.txt', content: 'passed over' },
      { ...index, name: './index.json', content: JSON.stringify(listed) },
      { name: './manifest.json', content: '[]' },
      { name: './repositories', content: '{}' },
      { ...marker, name: './oci-layout' },
    ]);
    await writeFile(path(), tar);
    const to = createMemoryContentStore('to');
    expect(await importArchive({ path: path(), to })).toEqual({
      roots: [{ descriptor, tags: ['v1'] }],
      referrers: [],
      signatures: [],
    });
    expect(await fetchAll(to, descriptor)).toEqual(bytes);
  });

  it('that is gzipped unpacks to what it was made of', async () => {
    await exportArchive({ roots: roots(), from, path: path() });
    const tar = await readFile(path());
    expect(digestOf(gunzipSync(gzipSync(tar)))).toBe(digestOf(tar));
    await writeFile(path(), gzipSync(tar));
    await expect(openLayoutArchive(path(), { maxBytes: tar.byteLength - 1 })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
  });
});
