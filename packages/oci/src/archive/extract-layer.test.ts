import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeContent, verifiedContent, type Bytes } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paxMember, tarOf } from '../../test/tar-members.ts';
import { filesBelow, useTemporaryFolder } from '../../test/temporary-folder.ts';
import { extractLayer } from './extract-layer.ts';

const folder = useTemporaryFolder();
const target = (): string => join(folder(), 'new');
const layer = tarOf([
  { name: 'migrations/', type: '5' },
  { name: 'migrations/1.sql', content: 'select 1;\n' },
  { name: 'deep/er/run.sh', content: '#!/bin/sh\n', mode: '0000755' },
  { name: 'empty/', type: '5' },
]);

describe('extractLayer', () => {
  it.each([
    { how: 'gzipped', source: [gzipSync(layer)] },
    { how: 'plain', source: [layer.subarray(0, 100), layer.subarray(100)] },
  ])('makes files and folders of a $how layer, and nothing else', async ({ source }) => {
    expect(await extractLayer(source, target())).toEqual({ files: 2, sizeBytes: 20 });
    expect(await filesBelow(target())).toEqual(['deep/er/run.sh', 'migrations/1.sql']);
    expect(await readFile(join(target(), 'migrations/1.sql'), 'utf8')).toBe('select 1;\n');
    expect((await stat(join(target(), 'empty'))).isDirectory()).toBe(true);
    expect((await stat(join(target(), 'deep/er/run.sh'))).mode & 0o777).toBe(0o755);
    expect((await stat(join(target(), 'migrations/1.sql'))).mode & 0o777).toBe(0o644);
    expect(await readdir(folder())).toEqual(['new']);
  });

  it('makes the folders above the new one', async () => {
    await extractLayer([layer], join(folder(), 'a', 'b', 'c'));
    expect(await filesBelow(join(folder(), 'a'))).toContain('b/c/migrations/1.sql');
  });

  it.each<{ fault: string; source: () => Bytes; code: string }>([
    {
      fault: 'a link',
      source: () => [
        tarOf([
          { name: 'a', content: '1' },
          { name: 'b', type: '2', linkname: '..' },
        ]),
      ],
      code: 'ARCHIVE_INVALID',
    },
    {
      fault: 'a name that leaves the folder',
      source: () => [tarOf([{ name: 'a' }, { name: '../b' }])],
      code: 'ARCHIVE_INVALID',
    },
    {
      fault: 'a file cut short',
      source: () => [tarOf([{ name: 'a', content: 'x'.repeat(5000) }]).subarray(0, 3000)],
      code: 'ARCHIVE_INVALID',
    },
    { fault: 'a gzip cut short', source: () => [gzipSync(layer).subarray(0, -4)], code: 'ARCHIVE_INVALID' },
    { fault: 'bytes behind the gzip', source: () => [gzipSync(layer), Uint8Array.of(1)], code: 'ARCHIVE_INVALID' },
    {
      fault: 'a bomb',
      source: () => [gzipSync(tarOf([{ name: 'a', content: Buffer.alloc(20_000_000) }]))],
      code: 'ARCHIVE_INVALID',
    },
    {
      fault: 'another digest than said',
      source: () =>
        verifiedContent(() => [gzipSync(layer, { level: 1 })], {
          ...describeContent('a/b', gzipSync(layer)),
          size: gzipSync(layer, { level: 1 }).byteLength,
        }),
      code: 'DIGEST_MISMATCH',
    },
    {
      fault: 'another digest than said, not compressed',
      source: () => verifiedContent(() => [layer.with(1025, 1)], describeContent('a/b', layer)),
      code: 'DIGEST_MISMATCH',
    },
  ])('leaves nothing of a layer with $fault', async ({ source, code }) => {
    await expect(extractLayer(source(), target())).rejects.toMatchObject({ code });
    expect(await readdir(folder())).toEqual([]);
  });

  it.each<{ what: string; make: () => Promise<unknown> }>([
    { what: 'a folder, also an empty one', make: async () => mkdir(target()) },
    { what: 'a file', make: async () => writeFile(target(), '') },
    { what: 'a link that leads nowhere', make: async () => symlink('/nowhere', target()) },
  ])('refuses a target that is $what', async ({ make }) => {
    await make();
    await expect(extractLayer([layer], target())).rejects.toMatchObject({
      code: 'FILE_EXISTS',
      details: { path: target() },
    });
    expect(await readdir(folder())).toEqual(['new']);
  });

  it('says what the file system says', async () => {
    await writeFile(join(folder(), 'file'), '');
    await expect(extractLayer([layer], join(folder(), 'file', 'new'))).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      details: { systemCode: 'ENOTDIR' },
    });
  });

  it.each([
    { limits: { maxBytes: 19 }, code: 'ARCHIVE_INVALID' },
    { limits: { maxEntries: 3 }, code: 'ARCHIVE_INVALID' },
    { limits: { name: 'sha256:abc', maxEntries: 1 }, code: 'ARCHIVE_INVALID' },
  ])('keeps to the limits of its caller: $limits', async ({ limits, code }) => {
    const path = limits.name ?? 'layer';
    await expect(extractLayer([layer], target(), limits)).rejects.toMatchObject({ code, details: { path } });
    expect(await readdir(folder())).toEqual([]);
  });

  it('stops with the reason of the signal, also while the source keeps it waiting, and leaves nothing', async () => {
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    async function* stalling(): AsyncGenerator<Uint8Array> {
      yield layer.subarray(0, 1200);
      setTimeout(() => controller.abort(reason), 5);
      await new Promise<never>(() => undefined);
    }
    await expect(extractLayer([layer], target(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(extractLayer(stalling(), target(), { signal: controller.signal })).rejects.toBe(reason);
    expect(await readdir(folder())).toEqual([]);
  });

  it('writes below its folder or nothing, whatever the names', async () => {
    const part = fc.constantFrom('..', '.', 'a', 'A', 'b', 'C:', '\\', '/', '~', '$HOME', '\u2025', 'con');
    const names = fc.array(fc.array(part, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(names, async (all) => {
        const place = join(folder(), `${(run += 1)}`);
        const tar = tarOf(all.flatMap((parts) => [paxMember({ path: parts.join('/') }), { name: 'x', content: 'x' }]));
        const [extracted] = await Promise.allSettled([extractLayer([tar], join(place, 'new'))]);
        const there = await readdir(place);
        expect(there).toEqual(extracted.status === 'fulfilled' ? ['new'] : []);
      }),
      { numRuns: 40 },
    );
    expect((await readdir(folder())).length).toBe(run);
  });
});
