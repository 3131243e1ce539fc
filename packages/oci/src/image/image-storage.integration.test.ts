import nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { digestHex, type Digest } from '@squizzle/oci-spec';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeContext } from '../../test/context-folder.ts';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import type { BuiltImage } from './build-image.ts';
import { createImageBuilder, type ImageBuilder } from './image-builder.ts';
import { openImage } from './open-image.ts';

const folder = useTemporaryFolder();
const storageDir = (): string => join(folder(), 'images');
const images = () => createImageBuilder({ storageDir: storageDir() });
const build = async (text: string, tag: string, builder: ImageBuilder): Promise<BuiltImage> => {
  const contextPath = await nodeFs.mkdtemp(join(tmpdir(), 'squizzle-context-'));
  try {
    return await builder.build({ contextPath: await writeContext(contextPath, { file: text }), tag, labels: { text } });
  } finally {
    await nodeFs.rm(contextPath, { recursive: true });
  }
};
const digits = (digest: Digest, length = 64): string => digestHex(digest).slice(0, length);

describe('a folder of images', () => {
  let template: string;
  let one: BuiltImage;
  let two: BuiltImage;
  beforeAll(async () => {
    template = await nodeFs.mkdtemp(join(tmpdir(), 'squizzle-images-'));
    const builder = createImageBuilder({ storageDir: template });
    [one, two] = [await build('1', 'app:1.0', builder), await build('2', 'ghcr.io/acme/app', builder)];
  });
  afterAll(async () => nodeFs.rm(template, { recursive: true }));
  beforeEach(async () => {
    await nodeFs.cp(template, storageDir(), { recursive: true });
    [one, two] = [one, two].map((each) => ({
      ...each,
      storagePath: join(storageDir(), basename(each.storagePath)),
    })) as [BuiltImage, BuiltImage];
  });

  it('lists each with its names', async () => {
    const expected = [
      { ...one, tags: ['app:1.0'], created: '1970-01-01T00:00:00.000Z', labels: { text: '1' } },
      { ...two, tags: ['ghcr.io/acme/app:latest'], created: '1970-01-01T00:00:00.000Z', labels: { text: '2' } },
    ];
    expect(await images().list()).toEqual({
      images: expected.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
      damaged: [],
    });
  });

  it('lists nothing where there is no folder', async () => {
    const nowhere = createImageBuilder({ storageDir: join(folder(), 'nowhere') });
    expect(await nowhere.list()).toEqual({ images: [], damaged: [] });
    await expect(nowhere.find('app')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    await expect(nodeFs.stat(join(folder(), 'nowhere'))).rejects.toThrow('ENOENT');
  });

  it('passes over files that are not its own', async () => {
    for (const name of ['notes.txt', 'other.tar', `${'0'.repeat(63)}.tar`, `${'0'.repeat(64)}.zip`]) {
      await nodeFs.writeFile(join(storageDir(), name), 'x');
    }
    expect((await images().list()).damaged).toEqual([]);
  });

  it.each([
    { reference: () => 'app:1.0', why: 'its name' },
    { reference: () => 'docker.io/library/app:1.0', why: 'its full name' },
    { reference: () => one.imageId, why: 'its id' },
    { reference: () => digits(one.imageId), why: 'the digits of its id' },
    { reference: () => digits(one.imageId, 12), why: 'the first digits of its id' },
    { reference: () => one.digest, why: 'its digest' },
    { reference: () => digits(one.digest, 12), why: 'the first digits of its digest' },
    { reference: () => `sha256:${digits(one.digest, 8)}`, why: 'the first digits, with the algorithm' },
  ])('finds an image by $why', async ({ reference }) => {
    expect((await images().find(reference())).digest).toBe(one.digest);
  });

  it.each(['app', 'app:2', 'nothing', 'sha256:', '0000000000', 'A', '', '../1'])(
    'finds nothing by %j',
    async (reference) => {
      await expect(images().find(reference)).rejects.toMatchObject({
        code: 'ARTIFACT_NOT_FOUND',
        details: { selector: reference },
      });
    },
  );

  it('refuses digits that fit several images', async () => {
    const twin = join(storageDir(), `${digits(one.digest, 63)}${one.digest.endsWith('0') ? '1' : '0'}.tar`);
    await nodeFs.copyFile(one.storagePath, twin);
    await expect(images().find(digits(one.digest, 12))).rejects.toMatchObject({ code: 'SELECTOR_INVALID' });
    expect((await images().find(digits(one.digest))).digest).toBe(one.digest);
  });

  it('takes a name for what it is, though it could be digits', async () => {
    const { digest } = await images().tag('app:1.0', 'cafe');
    expect((await images().find('cafe')).digest).toBe(digest);
  });

  it('gives an image more names, and takes one from another', async () => {
    expect((await images().tag('app:1.0', 'app')).tags).toEqual(['app:1.0', 'app:latest']);
    expect((await images().tag(two.imageId, 'app:1.0')).tags).toEqual(['app:1.0', 'ghcr.io/acme/app:latest']);
    expect((await images().find(one.digest)).tags).toEqual(['app:latest']);
  });

  it('gives no name that is none, and none to what is not there', async () => {
    await expect(images().tag('app:1.0', 'App')).rejects.toMatchObject({ code: 'SELECTOR_INVALID' });
    await expect(images().tag('nothing', 'app:3')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('keeps an image until its last name is gone', async () => {
    await images().tag('app:1.0', 'app:stable');
    expect(await images().remove('app:1.0')).toEqual({ untagged: ['app:1.0'], removed: null });
    expect((await images().find(one.digest)).tags).toEqual(['app:stable']);
    expect(await images().remove('app:stable')).toEqual({ untagged: ['app:stable'], removed: one.digest });
    expect((await images().list()).images.map(({ digest }) => digest)).toEqual([two.digest]);
  });

  it('removes an image by its id, with all its names', async () => {
    await images().tag('app:1.0', 'app:stable');
    const gone = { untagged: ['app:1.0', 'app:stable'], removed: one.digest };
    expect(await images().remove(digits(one.imageId, 12))).toEqual(gone);
    await expect(images().remove('app:1.0')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('takes a name whose image somebody deleted for nothing', async () => {
    await nodeFs.unlink(one.storagePath);
    await expect(images().find('app:1.0')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    expect((await images().list()).images).toHaveLength(1);
  });

  it.each([
    { damage: async (path: string) => nodeFs.truncate(path, 1_000), reason: 'cut short', why: 'it is cut short' },
    { damage: async (path: string) => nodeFs.truncate(path, 0), reason: 'cut short', why: 'it is empty' },
    {
      damage: async (path: string) => nodeFs.writeFile(path, 'x'.repeat(2_048)),
      reason: 'not a tar',
      why: 'it is no tar',
    },
    { damage: async (path: string) => turnDigit(path), reason: 'is damaged', why: 'a byte is wrong' },
    {
      damage: async (path: string) => nodeFs.copyFile(two.storagePath, path),
      reason: 'called by',
      why: 'it is another',
    },
  ])('says which are damaged, lists the others, and can remove them: $why', async ({ damage, reason }) => {
    await damage(one.storagePath);
    const list = await images().list();
    expect(list.images.map(({ digest }) => digest)).toEqual([two.digest]);
    expect(list.damaged).toEqual([
      { storagePath: one.storagePath, tags: ['app:1.0'], reason: expect.stringContaining(reason) as string },
    ]);
    await expect(images().find('app:1.0')).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    expect(await images().remove(digits(one.digest, 12))).toEqual({ untagged: ['app:1.0'], removed: one.digest });
  });

  /** Of the manifest, the first of the blobs. */
  async function turnDigit(path: string): Promise<void> {
    const bytes = await nodeFs.readFile(path);
    const at = bytes.indexOf('"schemaVersion":2}', bytes.indexOf('blobs/sha256/'));
    bytes.writeUInt8(0x33, at + '"schemaVersion":'.length);
    await nodeFs.writeFile(path, bytes);
  }

  it.each([
    { text: '{', why: 'no JSON' },
    { text: '{"formatVersion":2,"tags":{}}', why: 'of a newer program' },
    { text: '{"formatVersion":1,"tags":{"app:1.0":"latest"}}', why: 'without digests' },
    { text: '{"formatVersion":1}', why: 'without names' },
  ])('is not used when its names are damaged: $why', async ({ text }) => {
    await nodeFs.writeFile(join(storageDir(), 'tags.json'), text);
    await expect(images().list()).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      details: { path: join(storageDir(), 'tags.json') },
    });
    await nodeFs.unlink(join(storageDir(), 'tags.json'));
    expect((await images().list()).images.map(({ tags }) => tags)).toEqual([[], []]);
  });
});

describe('openImage', () => {
  it('gives what the image is made of, verified as it is read', async () => {
    const { storagePath, digest, imageId, size } = await build('1', 'app', images());
    const { facts, source, close } = await openImage(storagePath);
    expect(facts).toMatchObject({ imageId, size, root: { digest } });
    let bytes = 0;
    for await (const chunk of source.fetch(facts.root)) bytes += chunk.byteLength;
    expect(bytes).toBe(facts.root.size);
    await close();
  });

  it('refuses what is there no more', async () => {
    await expect(openImage(join(folder(), 'nothing.tar'))).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
  });
});
