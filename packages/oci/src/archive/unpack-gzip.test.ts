import { gzipSync } from 'node:zlib';
import { sampleBytes } from '@squizzle/core/testing';
import { describe, expect, it } from 'vitest';
import { refuserOf } from './archive-error.ts';
import { unpackTar } from './unpack-gzip.ts';

const bytes = sampleBytes(300_000);
const packed = gzipSync(bytes);

async function* inPieces(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += size) yield content.subarray(at, at + size);
}

async function unpack(content: Uint8Array, { size = 65_536, maxBytes = 1e9 } = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of unpackTar(inPieces(content, size), refuserOf('layer'), maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('unpackTar', () => {
  it.each([
    { what: 'a gzip', content: packed, size: 65_536, expected: bytes },
    { what: 'a gzip in tiny pieces', content: packed.subarray(0), size: 1000, expected: bytes },
    {
      what: 'two gzips one after the other',
      content: Buffer.concat([packed, packed]),
      size: 65_536,
      expected: Buffer.concat([bytes, bytes]),
    },
    { what: 'what is not compressed', content: bytes, size: 3, expected: bytes },
    { what: 'three bytes', content: bytes.subarray(0, 3), size: 1, expected: bytes.subarray(0, 3) },
    { what: 'nothing', content: bytes.subarray(0, 0), size: 1, expected: bytes.subarray(0, 0) },
  ])('gives $what', async ({ content, size, expected }) => {
    expect(Buffer.compare(await unpack(content, { size }), expected)).toBe(0);
  });

  it.each([
    { what: 'a gzip that is cut short', content: packed.subarray(0, -100), reason: /damaged/ },
    { what: 'a gzip with a changed byte', content: packed.with(5000, (packed[5000] ?? 0) ^ 1), reason: /damaged/ },
    { what: 'bytes behind a gzip', content: Buffer.concat([packed, Buffer.from('more')]), reason: /damaged/ },
    { what: 'zeros behind a gzip', content: Buffer.concat([packed, Buffer.alloc(100_000)]), reason: /bytes behind/ },
    { what: 'zstd', content: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), reason: /zstd/ },
    { what: 'xz', content: Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a), reason: /xz/ },
    { what: 'a bomb', content: gzipSync(Buffer.alloc(50_000_000)), reason: /100 times/ },
  ])('refuses $what', async ({ content, reason }) => {
    await expect(unpack(content)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      details: { path: 'layer', entry: null, reason: expect.stringMatching(reason) as string },
    });
  });

  it.each([
    { maxBytes: 300_000, refused: false },
    { maxBytes: 299_999, refused: true },
  ])('stops beyond $maxBytes bytes: $refused', async ({ maxBytes, refused }) => {
    const [read] = await Promise.allSettled([unpack(packed, { maxBytes })]);
    expect(read.status).toBe(refused ? 'rejected' : 'fulfilled');
  });

  it('takes little that is all zeros: a tar is mostly padding when its files are small', async () => {
    expect(await unpack(gzipSync(Buffer.alloc(500_000)))).toHaveLength(500_000);
  });

  it.each([
    { compressed: true, content: packed },
    { compressed: false, content: bytes },
  ])(
    'passes on what the source throws, and closes it when its reader stops: compressed $compressed',
    async ({ content }) => {
      const state = { closed: 0 };
      async function* source(fails: boolean): AsyncGenerator<Uint8Array> {
        try {
          yield content.subarray(0, 200_000);
          if (fails) throw new RangeError('the source broke');
          yield content.subarray(200_000);
        } finally {
          state.closed += 1;
        }
      }
      const failing = unpackTar(source(true), refuserOf('layer'), 1e9);
      const readAll = async (): Promise<void> => {
        for await (const chunk of failing) expect(chunk.byteLength).toBeGreaterThan(0);
      };
      await expect(readAll()).rejects.toThrow('the source broke');
      const stopped = unpackTar(source(false), refuserOf('layer'), 1e9);
      await stopped.next();
      await stopped.return();
      expect(state.closed).toBe(2);
    },
  );
});
