import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  attach,
  createMemoryContentStore,
  fetchAll,
  pushImage,
  sampleBlob,
  sign,
  tagsOf,
  toTag,
  type MemoryContentStore,
} from '@squizzle/core/testing';
import { digestOf, type Descriptor } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import { importArchive } from './import-archive.ts';
import { openLayoutArchive } from './tar-index.ts';
import { exportArchive } from './write-archive.ts';

const folder = useTemporaryFolder();
const path = (): string => join(folder(), 'release.tar');

let from: MemoryContentStore;
let image: Descriptor;
beforeEach(async () => {
  from = createMemoryContentStore('from');
  image = await pushImage(from, 'a', [sampleBlob(1000)]);
  await attach(from, image, { artifactType: 'application/vnd.test.signature' });
});
const roots = () => [{ descriptor: image, tags: [toTag('v1.0.0'), toTag('latest')] }];

describe('an archive of a signed release', () => {
  it('takes cosign’s older signatures along, by their tags, and the same bytes from wherever they are', async () => {
    const { tag, descriptor, payload } = await sign(from, image, 'ci');
    const attestation = await sign(from, image, 'dba', 'att');
    await sign(from, await pushImage(from, 'other'), 'ci');
    await exportArchive({ roots: roots(), from, path: path() });
    const archive = await openLayoutArchive(path());
    expect(archive.roots).toEqual([{ descriptor: image, tags: ['latest', 'v1.0.0'] }]);
    expect(await archive.resolve(tag)).toMatchObject({ digest: descriptor.digest });
    expect(await tagsOf(archive as unknown as MemoryContentStore)).toEqual(
      ['latest', tag, attestation.tag, 'v1.0.0'].toSorted(),
    );
    expect(await archive.has(payload)).toBe(true);
    await exportArchive({ roots: roots(), from: archive, path: `${path()}2` });
    await archive.close();
    expect(digestOf(await readFile(path()))).toBe(digestOf(await readFile(`${path()}2`)));
  });

  it('lists signatures once where they are roots themselves', async () => {
    const { tag, descriptor } = await sign(from, image, 'ci');
    await exportArchive({ roots: [...roots(), { descriptor, tags: [tag] }], from, path: path() });
    const archive = await openLayoutArchive(path());
    expect(await archive.resolve(tag)).toMatchObject({ digest: descriptor.digest });
    await archive.close();
  });

  it('brings cosign’s older signatures back under their tags, beside those that the store has', async () => {
    const { tag, descriptor } = await sign(from, image, 'ci');
    await exportArchive({ roots: roots(), from, path: path() });
    const [empty, signed] = [createMemoryContentStore('empty'), createMemoryContentStore('signed')];
    expect((await importArchive({ path: path(), to: empty })).signatures).toMatchObject([
      { tag, descriptor: { digest: descriptor.digest } },
    ]);
    expect(await empty.resolve(tag)).toMatchObject({ digest: descriptor.digest });
    expect(await tagsOf(empty)).toEqual([tag]);
    await sign(signed, image, 'dba');
    await importArchive({ path: path(), to: signed });
    const list = JSON.parse(Buffer.from(await fetchAll(signed, (await signed.resolve(tag)) ?? image)).toString()) as {
      layers: readonly Descriptor[];
    };
    expect(list.layers.map(({ annotations }) => annotations?.['signature'])).toEqual(['dba', 'ci']);
  });
});
