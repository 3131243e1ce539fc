import { gunzipSync } from 'node:zlib';
import { digestOf, MEDIA_TYPES, type Bytes } from '@squizzle/oci-spec';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { sampleBytes } from '../testing/content-samples.ts';
import type { LayerEntry } from './layer-entry.ts';
import { streamLayer, type LayerStream } from './stream-layer.ts';

const file = (path: string, bytes: Uint8Array, mode = 0o644): LayerEntry => ({
  type: 'file',
  path,
  mode,
  sizeBytes: bytes.byteLength,
  open: () => [bytes],
});

async function collect(layer: LayerStream): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of layer.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function unpack(layer: Uint8Array): Promise<readonly unknown[]> {
  const tar = extract();
  tar.end(gunzipSync(layer));
  const found: unknown[] = [];
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    const { name, type, mode, uid, gid, mtime, linkname } = entry.header;
    const text = Buffer.concat(chunks).toString();
    found.push([name, type, mode?.toString(8), uid, gid, mtime?.toISOString(), linkname ?? '', text]);
  }
  return found;
}

describe('streamLayer', () => {
  it('holds folders, files and links in the order given, owned by nobody, at one time', async () => {
    const layer = streamLayer(
      [
        file('z', Buffer.from('last first')),
        { type: 'folder', path: 'bin', mode: 0o755 },
        file('bin/run', Buffer.from('#!'), 0o755),
        { type: 'link', path: 'bin/go', target: 'run' },
      ],
      { modified: new Date('2026-01-02T03:04:05.678Z') },
    );
    const [owner, time] = [[0, 0], '2026-01-02T03:04:05.000Z'];
    expect(await unpack(await collect(layer))).toEqual([
      ['z', 'file', '644', ...owner, time, '', 'last first'],
      ['bin/', 'directory', '755', ...owner, time, '', ''],
      ['bin/run', 'file', '755', ...owner, time, '', '#!'],
      ['bin/go', 'symlink', '777', ...owner, time, 'run', ''],
    ]);
  });

  it('knows its digests and size at the end, not before', async () => {
    const layer = streamLayer([file('a', sampleBytes(200_000))]);
    expect(() => layer.summary()).toThrow(RangeError);
    const bytes = await collect(layer);
    const mediaType = MEDIA_TYPES.ociLayerTarGzip;
    expect(layer.summary()).toEqual({
      descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength },
      diffId: digestOf(gunzipSync(bytes)),
    });
  });

  it('is the same bytes however the content is cut', async () => {
    const bytes = sampleBytes(140_000);
    const cuts = [7, 511, 4_096, 65_536, 65_537, 140_000];
    const layers = cuts.map((cut) => {
      const pieces = Array.from({ length: Math.ceil(bytes.byteLength / cut) }, (_, at) =>
        bytes.subarray(at * cut, (at + 1) * cut),
      );
      return streamLayer([{ ...file('a', bytes), open: (): Bytes => pieces } as LayerEntry]);
    });
    const digests = await Promise.all(layers.map(async (layer) => digestOf(await collect(layer))));
    expect(new Set(digests).size).toBe(1);
  });

  it('an empty one is a tar without entries', async () => {
    expect(gunzipSync(await collect(streamLayer([])))).toEqual(Buffer.alloc(1_024));
  });

  it('reads no more than it must for the chunks that were taken, and closes what it reads', async () => {
    let [opened, closed] = [0, 0];
    const endless = async function* (): AsyncGenerator<LayerEntry> {
      for (let at = 0; ; at++) {
        const open = async function* (): AsyncGenerator<Uint8Array> {
          opened += 1;
          try {
            yield sampleBytes(100_000);
          } finally {
            closed += 1;
          }
        };
        yield { ...file(`f${at}`, new Uint8Array(100_000)), open } as LayerEntry;
      }
    };
    let taken = 0;
    for await (const chunk of streamLayer(endless()).chunks) {
      taken += chunk.byteLength;
      if (taken > 300_000) break;
    }
    expect(opened).toBeLessThan(8);
    expect(closed).toBe(opened);
  });

  it.each([
    { pieces: ['abc', 'd'], message: 'more than the 3 bytes', why: 'more than announced' },
    { pieces: ['ab'], message: '2 bytes of 3', why: 'less than announced' },
    { pieces: [], message: '0 bytes of 3', why: 'nothing' },
  ])('refuses content that is $why', async ({ pieces, message }) => {
    const open = (): Bytes => pieces.map((piece) => Buffer.from(piece));
    const layer = streamLayer([{ ...file('a', Buffer.from('abc')), open } as LayerEntry]);
    await expect(collect(layer)).rejects.toThrow(message);
    expect(() => layer.summary()).toThrow(RangeError);
  });

  it.each([{ modified: new Date(-1) }, { modified: new Date(Number.NaN) }, { modified: new Date('+010000-01-01') }])(
    'refuses the time $modified, which no header has room for',
    async ({ modified }) => {
      await expect(collect(streamLayer([], { modified }))).rejects.toThrow(RangeError);
    },
  );
});
