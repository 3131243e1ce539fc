import { gzipSync, gunzipSync } from 'node:zlib';
import { digestOf, type Digest } from '@squizzle/oci-spec';
import { pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { checksumOf } from '../model/checksum.ts';
import type { ReleaseManifest, Step } from '../model/release-manifest.ts';
import { emptyRelease } from '../testing/release-builder.ts';
import { filesOf, readLayer, releaseFolder } from './layer-reader.ts';
import { writeLayer } from './layer-writer.ts';

const SQL = 'CREATE TABLE users (id int);\n';
const PATH = 'migrations/0001_users.sql';
const NAME = `migrations/1.0.0/${PATH}`;

function manifestOf(texts: Readonly<Record<string, string>>): ReleaseManifest {
  const steps = Object.entries(texts).map(([path, text]) => ({
    path,
    checksum: checksumOf(text),
    sizeBytes: Buffer.byteLength(text),
    rollback: null,
  }));
  return emptyRelease({ steps: steps as unknown as readonly Step[] });
}

const MANIFEST = manifestOf({ [PATH]: SQL });

interface Entry extends Partial<Header> {
  readonly name: string;
  readonly text?: string;
}

/** A tar as no writer of ours would write it. */
async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { text, ...head } of entries) {
    if (text === undefined) tar.entry(head);
    else tar.entry(head, text);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const GOOD: Entry = { name: NAME, text: SQL };

/** Reads the bytes with the diff_id they have: only the entries themselves can be at fault. */
async function read(
  tar: Buffer,
  compressed: Uint8Array = gzipSync(tar),
  diffId: Digest = digestOf(tar),
): Promise<unknown> {
  return readLayer(compressed, MANIFEST, diffId).catch((cause: unknown) => cause);
}

describe('readLayer', () => {
  it('reads what any tar and gzip wrote, with folders or without', async () => {
    const tar = await tarOf([{ name: 'migrations/', type: 'directory' }, GOOD]);
    expect(await read(tar)).toEqual(new Map([[PATH, Buffer.from(SQL)]]));
  });

  it.each<{ why: string; entries: Entry[]; says: string }>([
    {
      why: 'a symbolic link',
      entries: [GOOD, { name: 'l', type: 'symlink', linkname: '/etc/passwd' }],
      says: 'symlink entry',
    },
    {
      why: 'a symbolic link of a known name',
      entries: [{ name: NAME, type: 'symlink', linkname: 'x' }],
      says: 'symlink entry',
    },
    { why: 'a hard link', entries: [GOOD, { name: 'l', type: 'link', linkname: NAME }], says: 'link entry' },
    {
      why: 'a character device',
      entries: [{ name: 'd', type: 'character-device', devmajor: 1, devminor: 3 }, GOOD],
      says: 'character-device',
    },
    {
      why: 'a block device',
      entries: [{ name: 'd', type: 'block-device', devmajor: 1, devminor: 3 }, GOOD],
      says: 'block-device',
    },
    { why: 'a pipe', entries: [{ name: 'p', type: 'fifo' }, GOOD], says: 'fifo' },
    {
      why: "a path with '..'",
      entries: [GOOD, { name: `migrations/1.0.0/../../x`, text: 'x' }],
      says: 'does not name',
    },
    { why: 'an absolute path', entries: [GOOD, { name: `/${NAME}`, text: SQL }], says: 'does not name' },
    {
      why: 'a path of another release',
      entries: [GOOD, { name: `migrations/0.9.0/${PATH}`, text: SQL }],
      says: 'does not name',
    },
    { why: 'another writing of the path', entries: [{ name: `./${NAME}`, text: SQL }], says: 'does not name' },
    { why: 'a file twice', entries: [GOOD, GOOD], says: 'twice' },
    {
      why: 'a file twice, the second time other',
      entries: [GOOD, { name: NAME, text: SQL.replace('users', 'other') }],
      says: 'twice',
    },
    {
      why: 'a file that the manifest does not name',
      entries: [GOOD, { name: 'migrations/1.0.0/x.sql', text: 'x' }],
      says: 'does not name',
    },
    { why: 'a file of other size', entries: [{ name: NAME, text: `${SQL} ` }], says: 'its manifest says' },
    {
      why: 'a file of other content',
      entries: [{ name: NAME, text: SQL.replace('users', 'other') }],
      says: 'checksum',
    },
    { why: 'no file', entries: [], says: 'lacks' },
    { why: 'a folder in place of the file', entries: [{ name: NAME, type: 'directory' }], says: 'lacks' },
  ])('refuses $why', async ({ entries, says }) => {
    const outcome = await read(await tarOf(entries));
    expect(outcome).toMatchObject({
      code: 'ARTIFACT_INVALID',
      details: { reason: expect.stringContaining(says) as string },
    });
  });

  it.each<{ why: string; wrong: (tar: Buffer) => Uint8Array; says: string }>([
    { why: 'no gzip', wrong: (tar) => tar, says: 'gzipped tar' },
    { why: 'nothing', wrong: () => new Uint8Array(0), says: '' },
    { why: 'a gzip of something else', wrong: () => gzipSync('x'.repeat(2_000)), says: 'gzipped tar' },
    { why: 'a gzip cut in the middle', wrong: (tar) => gzipSync(tar).subarray(0, -20), says: 'gzipped tar' },
    { why: 'a gzip without its last byte', wrong: (tar) => gzipSync(tar).subarray(0, -1), says: 'gzipped tar' },
    { why: 'a tar cut in the middle', wrong: (tar) => gzipSync(tar.subarray(0, 520)), says: '' },
    {
      why: 'a header that promises more than comes',
      wrong: (tar) => gzipSync(withSize(tar, 4_096).subarray(0, 1_024)),
      says: '',
    },
    { why: 'a header of impossible size', wrong: (tar) => gzipSync(withSize(tar, 0o77777777777)), says: '' },
    { why: 'zeros behind the gzip', wrong: (tar) => Buffer.concat([gzipSync(tar), Buffer.alloc(9)]), says: 'behind' },
    {
      why: 'garbage behind the gzip',
      wrong: (tar) => Buffer.concat([gzipSync(tar), Buffer.from('garbage')]),
      says: 'gzipped tar',
    },
    {
      why: 'a second gzip behind the first',
      wrong: (tar) => Buffer.concat([gzipSync(tar), gzipSync('more')]),
      says: 'gzipped tar',
    },
    { why: 'a tar behind the tar', wrong: (tar) => gzipSync(Buffer.concat([tar, tar])), says: '' },
  ])('refuses $why', async ({ wrong, says }) => {
    const tar = await tarOf([GOOD]);
    const outcome = await read(tar, wrong(tar));
    expect(outcome).toMatchObject({
      code: 'ARTIFACT_INVALID',
      details: { reason: expect.stringContaining(says) as string },
    });
  });

  it('refuses a diff_id that is not that of the tar', async () => {
    const tar = await tarOf([GOOD]);
    expect(await read(tar, gzipSync(tar), digestOf(Buffer.from('other')))).toMatchObject({ code: 'ARTIFACT_INVALID' });
  });

  it.each([
    { why: 'in a file it names', name: NAME },
    { why: 'in a file it does not name', name: 'migrations/1.0.0/x' },
    { why: 'behind the end of the tar', name: null },
  ])('stops at a bomb of 200 MB of zeros $why, in little memory', async ({ name }) => {
    const zeros = Buffer.alloc(200_000_000);
    const whole = await tarOf([{ ...GOOD, name: name ?? NAME }]);
    const head = name === null ? whole : withSize(whole, zeros.byteLength).subarray(0, 512);
    const bomb = gzipSync(Buffer.concat([head, zeros]), { level: 1 });
    expect(bomb.byteLength).toBeLessThan(1_000_000);
    const before = process.memoryUsage();
    const outcome = await read(Buffer.alloc(0), bomb);
    const after = process.memoryUsage();
    expect(outcome).toMatchObject({ code: 'ARTIFACT_INVALID' });
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(32_000_000);
  });

  it('reads its own layer, of which node:zlib makes the same tar', async () => {
    const layer = await writeLayer([{ path: NAME, read: async () => Buffer.from(SQL) }]);
    expect(digestOf(gunzipSync(layer.bytes))).toBe(layer.diffId);
    expect(await readLayer(layer.bytes, MANIFEST, layer.diffId)).toEqual(new Map([[PATH, Buffer.from(SQL)]]));
  });
});

function withSize(tar: Buffer, size: number): Buffer {
  const copy = Buffer.from(tar);
  copy.write(`${size.toString(8).padStart(11, '0')} `, 124, 'latin1');
  copy.write(' '.repeat(8), 148, 'latin1');
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return copy;
}

describe('what a release holds', () => {
  it('lies in the folder of its version', () => {
    expect(releaseFolder(MANIFEST)).toBe('migrations/1.0.0/');
  });

  it('is its steps and their rollbacks', () => {
    const [step] = MANIFEST.steps;
    const rollback = { ...step, path: 'rollback/migrations/0001_users.sql' };
    const steps = [{ ...step, rollback }, step] as readonly Step[];
    expect(filesOf({ steps }).map((file) => file.path)).toEqual([PATH, rollback.path, PATH]);
  });
});
