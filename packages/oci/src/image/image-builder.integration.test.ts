import nodeFs from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { digestHex, parseDigest, parseImageConfig, parseImageManifest, type Digest } from '@squizzle/oci-spec';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { writeContext, type ContextItems } from '../../test/context-folder.ts';
import { filesBelow, useTemporaryFolder } from '../../test/temporary-folder.ts';
import { systemError } from '../../test/watched-fs.ts';
import type { BuildImageOptions } from './build-image.ts';
import type { BuildProgress } from './build-progress.ts';
import { createImageBuilder, type ImageBuilder } from './image-builder.ts';
import type { ImageFs } from './storage/image-fs.ts';

const folder = useTemporaryFolder();
const storage = (): string => join(folder(), 'storage', 'images');
const builder = (fs?: ImageFs): ImageBuilder => createImageBuilder({ storageDir: storage(), fs });
const inFolder = async (items: ContextItems, name = 'context'): Promise<string> =>
  writeContext(join(folder(), name), items);
const buildOf = async (items: ContextItems, options: Partial<BuildImageOptions> = {}) =>
  builder().build({ contextPath: await inFolder(items), tag: 'app:1.0', ...options });

async function unpack(tar: Uint8Array): Promise<ReadonlyMap<string, Buffer>> {
  const reader = extract();
  reader.end(tar);
  const found = new Map<string, Buffer>();
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    found.set(entry.header.name, Buffer.concat(chunks));
  }
  return found;
}

interface ReadBack {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly manifest: ReturnType<typeof parseImageManifest>;
  readonly config: ReturnType<typeof parseImageConfig>;
  readonly layer: ReadonlyMap<string, Buffer>;
}

async function readBack({ storagePath, digest }: { storagePath: string; digest: Digest }): Promise<ReadBack> {
  const files = await unpack(await nodeFs.readFile(storagePath));
  const blob = (of: Digest): Buffer => files.get(`blobs/sha256/${digestHex(of)}`) ?? Buffer.alloc(0);
  const manifest = parseImageManifest(blob(digest));
  const [layer] = manifest.layers;
  return {
    files,
    manifest,
    config: parseImageConfig(blob(manifest.config.digest)),
    layer: await unpack(gunzipSync(blob(layer?.digest ?? digest))),
  };
}

describe('build', () => {
  it('makes a folder an image, in a file that is an OCI layout', async () => {
    const built = await buildOf(
      { 'bin/run': { run: '#!' }, data: '1', link: { link: 'data' } },
      { labels: { team: 'shop' }, author: 'Ada', created: new Date('2026-01-02T03:04:05Z') },
    );
    const { files, manifest, config, layer } = await readBack(built);
    expect([...layer.keys()]).toEqual(['bin/', 'bin/run', 'data', 'link']);
    expect(manifest.config.digest).toBe(built.imageId);
    expect(config).toMatchObject({
      created: '2026-01-02T03:04:05.000Z',
      author: 'Ada',
      config: { Labels: { team: 'shop' } },
      history: [{ created: '2026-01-02T03:04:05.000Z', created_by: 'squizzle image build' }],
    });
    expect([...files.keys()].slice(0, 2)).toEqual(['oci-layout', 'index.json']);
    expect(JSON.parse(files.get('index.json')?.toString() ?? '')).toMatchObject({
      manifests: [
        {
          digest: built.digest,
          annotations: {
            'org.opencontainers.image.ref.name': 'app:1.0',
            'io.containerd.image.name': 'docker.io/library/app:1.0',
          },
        },
      ],
    });
    const blobs = [...files].filter(([path]) => path.startsWith('blobs/sha256/'));
    expect(blobs.reduce((sum, [, bytes]) => sum + bytes.byteLength, 0)).toBe(built.size);
    expect(built.storagePath).toBe(join(storage(), `${digestHex(built.digest)}.tar`));
    expect((await filesBelow(storage())).map((path) => basename(path))).toEqual([
      basename(built.storagePath),
      'tags.json',
    ]);
  });

  it('makes an image of an empty folder, too', async () => {
    const { layer, config } = await readBack(await buildOf({}));
    expect([layer.size, config.rootfs.diff_ids.length]).toEqual([0, 1]);
  });

  it('makes the same image of the same files, wherever they lie and whatever they are called', async () => {
    const items = { a: 'x'.repeat(100_000), 'b/c': { run: 'y' }, l: { link: 'a' } };
    const one = await buildOf(items);
    const again = await inFolder(items, 'elsewhere');
    await nodeFs.utimes(join(again, 'a'), 1, 1);
    await nodeFs.chmod(join(again, 'a'), 0o644);
    const two = await builder().build({ contextPath: again, tag: 'other' });
    expect(two).toEqual(one);
    expect((await builder().list()).images).toMatchObject([{ tags: ['app:1.0', 'other:latest'] }]);
  });

  it.each([
    { change: { labels: { a: '1' } }, why: 'labels' },
    { change: { created: new Date(1_000) }, why: 'the time it says it was made' },
    { change: { modified: new Date(1_000) }, why: 'the time of its files' },
    { change: { exclusions: ['b'] }, why: 'what is left out' },
    { change: { author: 'Ada' }, why: 'who made it' },
  ])('makes another image when this is different: $why', async ({ change }) => {
    const one = await buildOf({ a: '', b: '' });
    const { imageId } = await builder().build({ contextPath: join(folder(), 'context'), tag: 'app:1.0', ...change });
    expect(imageId).not.toBe(one.imageId);
  });

  it('gives a name to the image that was built last, and keeps the one that had it', async () => {
    const one = await buildOf({ a: '1' });
    const two = await builder().build({ contextPath: await inFolder({ a: '2' }, 'second'), tag: 'app:1.0' });
    const { images } = await builder().list();
    expect(new Map(images.map(({ digest, tags }) => [digest, tags]))).toEqual(
      new Map([
        [one.digest, []],
        [two.digest, ['app:1.0']],
      ]),
    );
  });

  it('tells how far it is', async () => {
    const told: BuildProgress[] = [];
    await buildOf({ 'a/b': 'x'.repeat(70_000), c: 'y' }, { onProgress: (progress) => void told.push(progress) });
    expect(told.map(({ path, entries }) => `${entries} ${path}`)).toEqual([
      '1 a',
      '2 a/b',
      '2 a/b',
      '2 a/b',
      '3 c',
      '3 c',
    ]);
    expect(told.map(({ readBytes }) => readBytes)).toEqual([0, 0, 65_536, 70_000, 70_000, 70_001]);
  });

  it.each(['App:1', 'a:b:c', '', 'app@sha256:abc', '-', 'a b'])(
    'refuses the tag %j, and writes nothing',
    async (tag) => {
      await expect(buildOf({ a: '' }, { tag })).rejects.toMatchObject({
        code: 'SELECTOR_INVALID',
        details: { selector: tag },
      });
      expect(await nodeFs.readdir(folder())).toEqual(['context']);
    },
  );

  it('refuses labels that no registry takes', async () => {
    const labels = { a: 'x'.repeat(5_000_000) };
    await expect(buildOf({ a: '' }, { labels })).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' });
    expect(await nodeFs.readdir(folder())).toEqual(['context']);
  });
});

describe('a build that fails', () => {
  it.each([
    { items: { a: '1', link: { link: '../out' } }, why: 'a link leads out' },
    { items: { a: 'x'.repeat(200_000), 'z/link': { link: '/etc' } }, why: 'a link leads out, late' },
  ] satisfies { items: ContextItems; why: string }[])(
    'leaves nothing behind, not even the folder: $why',
    async ({ items }) => {
      await expect(buildOf(items)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
      expect(await nodeFs.readdir(folder())).toEqual(['context']);
    },
  );

  it('leaves nothing behind when there is no context', async () => {
    const building = builder().build({ contextPath: join(folder(), 'missing'), tag: 'a' });
    await expect(building).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
    expect(await nodeFs.readdir(folder())).toEqual([]);
  });

  it('leaves what was there before', async () => {
    await buildOf({ a: '1' });
    const before = await filesBelow(storage());
    const contextPath = await inFolder({ b: '2', l: { link: '..' } }, 'second');
    await expect(builder().build({ contextPath, tag: 'b' })).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
    expect(await filesBelow(storage())).toEqual(before);
  });

  it('leaves nothing behind when it is aborted, and throws the reason', async () => {
    const items = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`f${at}`, `${at}`.repeat(50_000)]));
    const abort = new AbortController();
    const onProgress = ({ entries }: BuildProgress): void => {
      if (entries === 20) abort.abort(new RangeError('enough'));
    };
    await expect(buildOf(items, { signal: abort.signal, onProgress })).rejects.toThrow('enough');
    expect(await nodeFs.readdir(folder())).toEqual(['context']);
  });

  it('reads nothing when it is aborted before it begins', async () => {
    await expect(buildOf({}, { signal: AbortSignal.abort(new RangeError('no')) })).rejects.toThrow('no');
  });

  it.each([
    { operation: 'open', name: /\.layer$/, why: 'the layer cannot be opened' },
    { operation: 'open', name: /\.tar$/, why: 'the image cannot be opened' },
    { operation: 'rename', name: /\.tar$/, why: 'it cannot get its name' },
    { operation: 'rename', name: /\.ready$/, why: 'it cannot be made whole' },
    { operation: 'rename', name: /tags\.json$/, why: 'it cannot be given its tag' },
    { operation: 'mkdir', name: /images$/, why: 'the folder cannot be made' },
  ] as const)('says which file failed, and leaves nothing half written: $why', async ({ operation, name }) => {
    const fs = {
      ...nodeFs,
      [operation]: async (...call: readonly string[]) => {
        const path = call[operation === 'rename' ? 1 : 0] ?? '';
        if (path.startsWith(storage()) && name.test(path)) throw systemError('ENOSPC', operation);
        return (nodeFs[operation] as (...given: readonly unknown[]) => Promise<never>)(...call);
      },
    } as unknown as ImageFs;
    const contextPath = await inFolder({ a: '1' });
    await expect(builder(fs).build({ contextPath, tag: 'a' })).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      details: { systemCode: 'ENOSPC' },
    });
    const left = await nodeFs.readdir(storage()).catch(() => []);
    expect(left.filter((each) => parseDigest(`sha256:${each.replace('.tar', '')}`) === undefined)).toEqual([]);
    await expect(builder().build({ contextPath, tag: 'a' })).resolves.toMatchObject({
      size: expect.any(Number) as number,
    });
  });

  it('is followed by one that removes what killed ones left, a day later', async () => {
    await nodeFs.mkdir(storage(), { recursive: true });
    const [old, young] = [join(storage(), '.arriving-old.layer'), join(storage(), '.arriving-young')];
    await nodeFs.writeFile(old, 'x');
    await nodeFs.writeFile(young, 'x');
    const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1_000);
    await nodeFs.utimes(old, longAgo, longAgo);
    await buildOf({ a: '' });
    expect((await nodeFs.readdir(storage())).filter((name) => name.startsWith('.'))).toEqual(['.arriving-young']);
  });
});

describe('builders of one folder', () => {
  it('work at once, of the same and of other images', async () => {
    const contexts = await Promise.all(['1', '2', '3'].map(async (text) => inFolder({ a: text }, `context-${text}`)));
    const builds = Array.from({ length: 6 }, async (_, at) => {
      const contextPath = contexts[at % 3] ?? '';
      return builder().build({ contextPath, tag: `app:${at}` });
    });
    const built = await Promise.all(builds);
    const { images, damaged } = await builder().list();
    expect(damaged).toEqual([]);
    expect(images.map(({ digest }) => digest)).toEqual([...new Set(built.map(({ digest }) => digest))].toSorted());
    expect(images.flatMap(({ tags }) => tags)).toHaveLength(6);
  });

  it('do not lose their folder to one that fails', async () => {
    const [good, bad] = [await inFolder({ a: '1' }, 'good'), await inFolder({ l: { link: '..' } }, 'bad')];
    const runs = Array.from({ length: 6 }, async (_, at) => {
      const building = builder().build({ contextPath: at % 2 === 0 ? good : bad, tag: `app:${at}` });
      return building.then(
        () => 'built',
        (thrown: { readonly code?: string }) => thrown.code,
      );
    });
    expect(await Promise.all(runs)).toEqual(
      Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? 'built' : 'CONTEXT_INVALID')),
    );
  });

  it('leave images whole while one removes and another builds', async () => {
    const contextPath = await inFolder({ a: '1' });
    for (let round = 0; round < 3; round++) {
      const { digest } = await builder().build({ contextPath, tag: 'app' });
      await Promise.all([builder().remove(digest), builder().build({ contextPath, tag: 'app' })]);
      const { images, damaged } = await builder().list();
      expect(damaged).toEqual([]);
      const named = JSON.parse(await nodeFs.readFile(join(storage(), 'tags.json'), 'utf8')) as { tags: object };
      expect(Object.keys(named.tags)).toEqual(images.flatMap(({ tags }) => tags));
    }
  });
});
