/**
 * Rule 5: layers that would do harm where they are unpacked.
 *
 * @module
 */
import { sampleBlob } from '@squizzle/core/testing';
import { digestOf } from '@squizzle/oci-spec';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { extractLayer } from '../../src/archive/extract-layer.ts';
import { tarOf, type TarMember } from '../tar-members.ts';
import type { Row, Scene } from './scene.ts';

const file = (name: string): TarMember => ({ name, content: 'x' });

const HARM: readonly { readonly what: string; readonly members: readonly TarMember[] }[] = [
  { what: 'a path that leads out, `../x`', members: [file('../x')] },
  { what: 'an absolute path, `/etc/x`', members: [file('/etc/x')] },
  { what: 'a symbolic link', members: [{ name: 'x', type: '2', linkname: '/etc/passwd' }] },
  { what: 'a hard link', members: [file('a'), { name: 'x', type: '1', linkname: 'a' }] },
  { what: 'a device', members: [{ name: 'x', type: '3' }] },
  { what: 'a pipe', members: [{ name: 'x', type: '6' }] },
  { what: 'a name twice', members: [file('a'), file('a')] },
  { what: 'names that differ in case alone', members: [file('a'), file('A')] },
  { what: 'names that differ in what nobody sees', members: [file('a'), file('a\u200d')] },
];

/** Pushed and pulled as any layer, then unpacked. */
const unpack =
  (layer: Uint8Array) =>
  async ({ store }: Scene): Promise<void> => {
    const descriptor = { ...sampleBlob(0).descriptor, digest: digestOf(layer), size: layer.byteLength };
    await store.push(descriptor, [layer]);
    const folder = await mkdtemp(join(tmpdir(), 'squizzle-layer-'));
    try {
      await extractLayer(store.fetch(descriptor), join(folder, 'new'));
    } finally {
      expect(await readdir(folder)).toEqual([]);
      await rm(folder, { recursive: true });
    }
  };

const row = (does: string, layer: Uint8Array): Row => ({
  rule: '5',
  does,
  outcome: '`ARCHIVE_INVALID`; nothing is written',
  script: () => () => false,
  act: unpack(layer),
  code: 'ARCHIVE_INVALID',
});

const BOMB_BYTES = 40_000_000;

export const ARCHIVE_ROWS: readonly Row[] = [
  ...HARM.map(({ what, members }) => row(`keeps a layer with ${what}`, gzipSync(tarOf(members)))),
  row(
    'keeps a layer that unpacks to a thousand times its size',
    gzipSync(tarOf([{ name: 'x', content: Buffer.alloc(BOMB_BYTES) }])),
  ),
];
