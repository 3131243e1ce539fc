import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  attach,
  fetchAll,
  pushImage,
  referrersOf,
  sampleBlob,
  sampleImage,
  sampleIndex,
  sampleReferrer,
  type Sample,
} from '@squizzle/core/testing';
import { digestHex, EMPTY_DESCRIPTOR, referrersTag, verifiedContent, type Digest } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { filesBelow, useTemporaryFolder } from '../../test/temporary-folder.ts';
import { watchFs } from '../../test/watched-fs.ts';
import { createLayoutStore } from './layout-store.ts';

const folder = useTemporaryFolder();
const blobPath = (digest: Digest): string => join(folder(), 'blobs', 'sha256', digestHex(digest));

async function writeLayout(samples: readonly Sample[], manifests: readonly object[]): Promise<void> {
  await mkdir(join(folder(), 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(folder(), 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  for (const { descriptor, bytes } of samples) await writeFile(blobPath(descriptor.digest), bytes);
  await writeFile(join(folder(), 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

describe('referrers in a layout', () => {
  it('are found in the index of the referrers tag, where regclient puts them', async () => {
    const image = sampleImage('a');
    const referrer = sampleReferrer(image.descriptor);
    const list = sampleIndex([referrer.descriptor]);
    const tagged = (name: string, { descriptor }: Sample): object => ({
      ...descriptor,
      annotations: { 'org.opencontainers.image.ref.name': name },
    });
    await writeLayout(
      [image, referrer, list],
      [tagged('v1', image), tagged(referrersTag(image.descriptor.digest), list)],
    );
    const store = createLayoutStore(folder());
    expect(await referrersOf(store, image.descriptor)).toMatchObject([referrer.descriptor]);
  });

  it('are passed over when damaged or missing, and the others are found', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'a');
    const [whole, damaged, missing] = [
      await attach(store, image, { annotations: { label: 'whole' } }),
      await attach(store, image, { annotations: { label: 'damaged' } }),
      await attach(store, image, { annotations: { label: 'missing' } }),
    ];
    await rm(blobPath(damaged.digest));
    await writeFile(blobPath(damaged.digest), 'damaged');
    await rm(blobPath(missing.digest));
    expect(await referrersOf(createLayoutStore(folder()), image)).toMatchObject([whole]);
  });

  it('reads each manifest once, though it is asked for the referrers of many', async () => {
    const { fs, calls } = watchFs();
    const store = createLayoutStore(folder(), { fs });
    const images = [await pushImage(store, 'a'), await pushImage(store, 'b'), await pushImage(store, 'c')];
    for (const image of images) await referrersOf(store, image);
    for (const { digest } of images) {
      expect(calls.filter((call) => call === `open:r ${blobPath(digest)}`)).toHaveLength(1);
    }
  });

  it('finds what another process attached meanwhile', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'a');
    expect(await referrersOf(store, image)).toEqual([]);
    const referrer = await attach(createLayoutStore(folder()), image);
    expect(await referrersOf(store, image)).toMatchObject([referrer]);
    await createLayoutStore(folder()).delete(referrer);
    expect(await referrersOf(store, image)).toEqual([]);
  });

  it('has none in a folder that does not exist, and makes none', async () => {
    const store = createLayoutStore(join(folder(), 'none'));
    expect(await referrersOf(store, sampleImage('a').descriptor)).toEqual([]);
    expect(await filesBelow(folder())).toEqual([]);
  });
});

describe('deleting a signed manifest', () => {
  it('leaves nothing of it and of its signatures', async () => {
    const store = createLayoutStore(folder());
    const stays = await pushImage(store, 'stays');
    const before = await filesBelow(folder());
    const layer = sampleBlob(100);
    const image = await pushImage(store, 'a');
    await store.push(layer.descriptor, [layer.bytes]);
    await attach(store, await attach(store, image, { layers: [layer.descriptor] }));
    await store.delete(image);
    expect(await filesBelow(folder())).toEqual(before);
    expect(await store.has(EMPTY_DESCRIPTOR)).toBe(true);
    expect(await store.resolve(stays.digest)).toMatchObject(stays);
  });

  it('is finished by the same call after a fault in the middle', async () => {
    const store = createLayoutStore(folder());
    const image = await pushImage(store, 'a', [sampleBlob(10)]);
    await attach(store, image);
    const { fs } = watchFs((call) => (call === `unlink ${blobPath(image.digest)}` ? 'EIO' : undefined));
    await expect(createLayoutStore(folder(), { fs }).delete(image)).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    expect(await store.resolve(image.digest)).toBeUndefined();
    await store.delete(image);
    expect((await filesBelow(folder())).filter((path) => path.startsWith('blobs'))).toEqual([]);
  });
});

describe('content that is known to be verified', () => {
  const { descriptor, bytes } = sampleBlob(1000);

  it('is kept as any other', async () => {
    const store = createLayoutStore(folder());
    await store.push(
      descriptor,
      verifiedContent(() => [bytes], descriptor),
    );
    expect(await fetchAll(store, descriptor)).toEqual(bytes);
  });

  it.each([
    { fault: 'a wrong byte', content: bytes.with(0, (bytes[0] ?? 0) ^ 1), code: 'DIGEST_MISMATCH' },
    { fault: 'a missing byte', content: bytes.subarray(1), code: 'SIZE_MISMATCH' },
  ])('is still refused for $fault with $code, and nothing is kept', async ({ content, code }) => {
    const store = createLayoutStore(folder());
    const verified = verifiedContent(() => [content], descriptor);
    await expect(store.push(descriptor, verified)).rejects.toMatchObject({ code });
    expect(await store.has(descriptor)).toBe(false);
  });

  it('is refused where it was verified as something else', async () => {
    const other = sampleBlob(1000, 2);
    const verified = verifiedContent(() => [other.bytes], other.descriptor);
    await expect(createLayoutStore(folder()).push(descriptor, verified)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });
});
