import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pushImage, sampleBlob, sampleImage, sampleIndex, tagsOf, toTag, type Sample } from '@squizzle/core/testing';
import { digestHex, digestOf, EMPTY_DESCRIPTOR, MEDIA_TYPES, parseImageIndex } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { filesBelow, useTemporaryFolder } from '../../test/temporary-folder.ts';
import { createLayoutStore } from './layout-store.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const folder = useTemporaryFolder();
const layer = sampleBlob(100);
const inner = sampleImage('inner', [layer.descriptor]);
const outer = sampleIndex([inner.descriptor]);
const strange = {
  mediaType: 'application/xml',
  digest: `blake3:${'0'.repeat(64)}`,
  size: 7,
  annotations: { kind: 'AppStream' },
};

/** As other tools leave it: an index listed by a tag, the manifests inside it as blobs only. */
async function writeLayout(samples: readonly Sample[], index: object): Promise<void> {
  await mkdir(join(folder(), 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(folder(), 'oci-layout'), '{"imageLayoutVersion": "1.0.0", "note": "mine"}');
  await writeFile(join(folder(), 'manifest.json'), '[]');
  for (const { descriptor, bytes } of samples) {
    await writeFile(join(folder(), 'blobs', 'sha256', digestHex(descriptor.digest)), bytes);
  }
  await writeFile(join(folder(), 'index.json'), JSON.stringify(index));
}

interface WrittenIndex {
  readonly [member: string]: unknown;
  readonly manifests: readonly Readonly<Record<string, unknown>>[];
}

const readIndex = async (): Promise<WrittenIndex> =>
  JSON.parse(await readFile(join(folder(), 'index.json'), 'utf8')) as WrittenIndex;

describe('a layout that another tool wrote', () => {
  const named = {
    ...outer.descriptor,
    annotations: { [REF_NAME]: 'multi', 'com.example.seen': 'yes' },
    'com.example.member': [1, 2],
  };
  const qualified = { ...outer.descriptor, annotations: { [REF_NAME]: 'docker.io/library/app:1' } };
  beforeEach(async () =>
    writeLayout([layer, inner, outer], {
      schemaVersion: 2,
      annotations: { 'com.example.index.revision': 'r124356' },
      manifests: [named, strange, qualified],
    }),
  );

  it('shows its tags; names that are no tags are passed over', async () => {
    const store = createLayoutStore(folder());
    expect(await tagsOf(store)).toEqual(['multi']);
    expect(await store.resolve(toTag('multi'))).toEqual({
      ...outer.descriptor,
      annotations: { 'com.example.seen': 'yes' },
    });
  });

  it('resolves a manifest that only an index names', async () => {
    expect(await createLayoutStore(folder()).resolve(inner.descriptor.digest)).toEqual(inner.descriptor);
    expect(await createLayoutStore(folder()).resolve(digestOf(new Uint8Array(3)))).toBeUndefined();
    expect(await createLayoutStore(folder()).resolve(layer.descriptor.digest)).toBeUndefined();
  });

  it('resolves past a damaged index, because another one may name the manifest', async () => {
    await writeFile(join(folder(), 'blobs', 'sha256', digestHex(outer.descriptor.digest)), 'damaged');
    expect(await createLayoutStore(folder()).resolve(inner.descriptor.digest)).toBeUndefined();
  });

  it('does not resolve a tag whose manifest is missing: a layout may lack blobs', async () => {
    await writeLayout([], {
      schemaVersion: 2,
      manifests: [{ ...sampleImage('gone').descriptor, annotations: { [REF_NAME]: 'v1' } }],
    });
    expect(await createLayoutStore(folder()).resolve(toTag('v1'))).toBeUndefined();
  });

  it('keeps every member, annotation and entry that is not ours when a tag is set, moved and removed', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'ours');
    await store.tag(image, toTag('v1'));
    await store.tag(image, toTag('multi'));
    await store.untag(toTag('v1'));
    const index = await readIndex();
    expect(index).toMatchObject({ schemaVersion: 2, annotations: { 'com.example.index.revision': 'r124356' } });
    expect(index.manifests[0]).toEqual({ ...named, annotations: { 'com.example.seen': 'yes' } });
    expect(index.manifests.slice(1, 3)).toEqual([strange, qualified]);
    expect(await readFile(join(folder(), 'oci-layout'), 'utf8')).toContain('mine');
    expect(await filesBelow(folder())).toContain('manifest.json');
  });

  it('loses with a manifest what only that names, through every index, and nothing else', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'ours', [layer]);
    await store.delete(outer.descriptor);
    expect((await readIndex()).manifests.map(({ mediaType }) => mediaType)).toEqual([
      'application/xml',
      image.mediaType,
    ]);
    expect(await store.has(inner.descriptor)).toBe(false);
    expect(await store.has(outer.descriptor)).toBe(false);
    expect(await store.has(layer.descriptor)).toBe(true);
  });

  it('keeps a deleted manifest that an index still names, because the index would be broken', async () => {
    const store = createLayoutStore(folder());
    await store.tag(inner.descriptor, toTag('v1'));
    await store.delete(inner.descriptor);
    expect(await tagsOf(store)).toEqual(['multi']);
    expect(await store.has(inner.descriptor)).toBe(true);
    expect(await store.has(layer.descriptor)).toBe(true);
  });

  it('is left alone by a delete when another manifest is damaged, because it cannot be known what that needs', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'ours', [layer]);
    await writeFile(join(folder(), 'blobs', 'sha256', digestHex(inner.descriptor.digest)), 'damaged');
    await expect(store.delete(image)).rejects.toMatchObject({ name: 'ContentError' });
    expect(await store.resolve(image.digest)).toMatchObject({ digest: image.digest });
    expect(await store.has(layer.descriptor)).toBe(true);
  });

  it('can be rid of a manifest that is damaged itself', async () => {
    const store = createLayoutStore(folder());
    await writeFile(join(folder(), 'blobs', 'sha256', digestHex(outer.descriptor.digest)), 'damaged');
    await store.delete(outer.descriptor);
    expect(await tagsOf(store)).toEqual([]);
    expect(await filesBelow(join(folder(), 'blobs'))).not.toContain(`sha256/${digestHex(outer.descriptor.digest)}`);
  });

  it('may list nothing at all: Go writes an empty list as null', async () => {
    await writeLayout([], { schemaVersion: 2, manifests: null });
    const store = createLayoutStore(folder());
    expect(await tagsOf(store)).toEqual([]);
    const image = await pushImage(store, 'first');
    await store.tag(image, toTag('v1'));
    expect(await tagsOf(store)).toEqual(['v1']);
  });

  it('may name two manifests alike: the first counts, and setting the tag leaves one', async () => {
    const store = createLayoutStore(folder());
    const [a, b] = [await pushImage(store, 'a'), await pushImage(store, 'b')];
    const annotations = { [REF_NAME]: 'v1' };
    const alike = [
      { ...a, annotations },
      { ...b, annotations },
    ];
    await writeFile(join(folder(), 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: alike }));
    expect(await store.resolve(toTag('v1'))).toMatchObject({ digest: a.digest });
    await store.tag(b, toTag('v1'));
    expect(await tagsOf(store)).toEqual(['v1']);
    expect(await store.resolve(toTag('v1'))).toMatchObject({ digest: b.digest });
    expect(await store.resolve(a.digest)).toMatchObject({ digest: a.digest });
  });
});

describe('a layout that we wrote', () => {
  it('has the files of the specification, and an index every tool reads', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'a', [layer]);
    await store.tag(image, toTag('v1.0.0'));
    await store.tag(image, toTag('latest'));
    expect(await filesBelow(folder())).toEqual([
      ...[EMPTY_DESCRIPTOR, layer.descriptor, image]
        .map(({ digest }) => `blobs/sha256/${digestHex(digest)}`)
        .toSorted(),
      'index.json',
      'oci-layout',
    ]);
    expect(await readFile(join(folder(), 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
    const { mediaType, manifests } = parseImageIndex(await readFile(join(folder(), 'index.json')));
    expect(mediaType).toBe(MEDIA_TYPES.ociIndex);
    expect(manifests).toEqual([
      { ...image, annotations: { [REF_NAME]: 'v1.0.0' } },
      { ...image, annotations: { [REF_NAME]: 'latest' } },
    ]);
  });

  it('keeps annotations of the descriptor, and neither its data nor its urls', async () => {
    const store = createLayoutStore(folder());
    const { descriptor, bytes } = sampleImage('a');
    const annotations = { 'dev.squizzle.version': '1.0.0' };
    const full = {
      ...descriptor,
      annotations,
      artifactType: 'application/x.test',
      data: 'e30=',
      urls: ['https://elsewhere.test'],
    };
    await store.push(full, [bytes]);
    await store.tag(full, toTag('v1'));
    expect((await readIndex()).manifests).toEqual([
      { ...descriptor, artifactType: 'application/x.test', annotations: { ...annotations, [REF_NAME]: 'v1' } },
    ]);
  });

  it('finds a manifest by its digest after its only tag moved on', async () => {
    const store = createLayoutStore(folder());
    const [a, b] = [await pushImage(store, 'a'), await pushImage(store, 'b')];
    await store.tag(a, toTag('latest'));
    await store.tag(b, toTag('latest'));
    expect((await readIndex()).manifests).toEqual([a, { ...b, annotations: { [REF_NAME]: 'latest' } }]);
  });
});
