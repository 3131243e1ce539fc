import { describe, expect, it } from 'vitest';
import { inGoodPieces } from './good-pieces.ts';

const KIB = 1024;

async function* chunksOf(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const [at, size] of sizes.entries()) yield Buffer.alloc(size, `chunk ${at} of many`);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe('inGoodPieces', () => {
  it.each([
    { sizes: [], pieces: [], why: 'nothing' },
    { sizes: [0, 0], pieces: [], why: 'nothing in many pieces' },
    { sizes: [1], pieces: [1], why: 'what there is' },
    { sizes: [10, 0, 20], pieces: [30], why: 'small ones together' },
    { sizes: Array<number>(100).fill(KIB), pieces: [64 * KIB, 36 * KIB], why: 'many small ones in a few' },
    { sizes: [40 * KIB, 40 * KIB], pieces: [40 * KIB, 40 * KIB], why: 'large ones as they are' },
    { sizes: [10, 40 * KIB, 10], pieces: [40 * KIB + 20], why: 'one that fits beside a small one' },
    { sizes: [40 * KIB, 10, 60 * KIB + 7, 64 * KIB], pieces: [40 * KIB, 10 + 60 * KIB + 7, 64 * KIB], why: 'mixed' },
    { sizes: [30 * KIB, 30 * KIB, 30 * KIB], pieces: [60 * KIB, 30 * KIB], why: 'no more than fit' },
    { sizes: [600 * KIB], pieces: [256 * KIB, 256 * KIB, 88 * KIB], why: 'very large ones apart' },
    { sizes: [5, 300 * KIB], pieces: [5, 256 * KIB, 44 * KIB], why: 'in order' },
  ])('$sizes as $pieces: $why', async ({ sizes, pieces }) => {
    const found = await collect(inGoodPieces(chunksOf(sizes)));
    expect(found.map(({ byteLength }) => byteLength)).toEqual(pieces);
    expect(Buffer.concat(found).equals(Buffer.concat(await collect(chunksOf(sizes))))).toBe(true);
  });
});
