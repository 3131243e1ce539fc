import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  attach,
  createMemoryContentStore,
  pushImage,
  sampleBlob,
  sampleImage,
  sampleReferrer,
  toTag,
  type MemoryContentStore,
} from '@squizzle/core/testing';
import { ContentError, digestHex, type Descriptor } from '@squizzle/oci-spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { useTemporaryFolder } from '../../test/temporary-folder.ts';
import { importArchive } from './import-archive.ts';
import { exportArchive } from './write-archive.ts';

const folder = useTemporaryFolder();
const path = (): string => join(folder(), 'release.tar');
const large = sampleBlob(120_000, 3);
const SIGNATURE = 'application/vnd.test.signature';

let from: MemoryContentStore;
let image: Descriptor;
let signature: Descriptor;
beforeEach(async () => {
  from = createMemoryContentStore('from');
  image = await pushImage(from, 'a', [large]);
  signature = await attach(from, image, { artifactType: SIGNATURE });
});
const roots = () => [{ descriptor: image, tags: [toTag('v1.0.0')] }];
const blobName = ({ digest }: Pick<Descriptor, 'digest'>): string => `blobs/sha256/${digestHex(digest)}`;

describe('importArchive', () => {
  it.each<{ what: string; of: () => { readonly descriptor: Descriptor; readonly bytes: Uint8Array }; at: number }>([
    { what: 'blob', of: () => large, at: 60_000 },
    {
      what: 'manifest',
      of: () => sampleImage('a', [large.descriptor]),
      at: 40,
    },
    { what: 'signature', of: () => sampleReferrer(image, { artifactType: SIGNATURE }), at: 40 },
  ])('tells which $what is damaged, and the store has no manifest that needs it', async ({ of, at }) => {
    const { descriptor, bytes } = of();
    await exportArchive({ roots: roots(), from, path: path() });
    const tar = await readFile(path());
    const start = tar.indexOf(Buffer.from(bytes.subarray(0, 64)));
    await writeFile(path(), tar.with(start + at, (tar[start + at] ?? 0) ^ 1));
    const to = createMemoryContentStore('to');
    await expect(importArchive({ path: path(), to })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining('get the archive again') as string,
      details: { path: path(), entry: blobName(descriptor) },
      cause: { name: 'ContentError', code: 'DIGEST_MISMATCH' },
    });
    expect(await to.has(descriptor)).toBe(false);
  });

  it('leaves damage of the store that is written to what it is', async () => {
    await exportArchive({ roots: roots(), from, path: path() });
    const fault = new ContentError('TOO_LARGE', 'said by the test', { what: 'x', limitBytes: 1, actualBytes: 2 });
    const to = createMemoryContentStore('to');
    const failing: MemoryContentStore = { ...to, push: async () => Promise.reject(fault) };
    await expect(importArchive({ path: path(), to: failing })).rejects.toBe(fault);
  });

  it('that is cut short is refused', async () => {
    await exportArchive({ roots: roots(), from, path: path() });
    await truncate(path(), 60_000);
    const to = createMemoryContentStore('to');
    await expect(importArchive({ path: path(), to })).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  it('attaches what is there and attached to nothing, and a referrer after what it is about', async () => {
    const reports = await Promise.all(
      ['1', '2', '3', '4'].map(async (on) => attach(from, signature, { annotations: { on } })),
    );
    await exportArchive({ roots: roots(), from, path: path() });
    const to = createMemoryContentStore('to');
    await importArchive({ path: path(), to });
    const pushed: string[] = [];
    const halfway: MemoryContentStore = {
      ...to,
      async push({ digest }) {
        pushed.push(digest);
      },
      async *referrers() {
        // none is attached yet
      },
    };
    await importArchive({ path: path(), to: halfway });
    expect(pushed[0]).toBe(signature.digest);
    expect(pushed.slice(1).toSorted()).toEqual(reports.map(({ digest }) => digest).toSorted());
  });
});
