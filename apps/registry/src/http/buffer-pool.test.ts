import { describe, expect, it } from 'vitest';
import { createBufferPool } from './buffer-pool.ts';

const OPTIONS = { largeBytes: 64, smallBytes: 4, largeCount: 2, keptCount: 1 };
const sizes = (buffers: readonly Uint8Array[]): readonly number[] => buffers.map(({ byteLength }) => byteLength);

describe('buffers for downloads', () => {
  it('are large for the first and small for those beyond', () => {
    const pool = createBufferPool(OPTIONS);
    expect(sizes([pool.take(), pool.take(), pool.take(), pool.take()])).toEqual([64, 64, 4, 4]);
  });

  it.each([
    { reusable: true, why: 'its download has ended well' },
    { reusable: false, why: 'its download broke off, and the system may still read it' },
  ])('make room when one is given back: $why', ({ reusable }) => {
    const pool = createBufferPool(OPTIONS);
    const [first, , small] = [pool.take(), pool.take(), pool.take()];
    pool.giveBack(small, true);
    pool.giveBack(first, reusable);
    const next = pool.take();
    expect(next.byteLength).toBe(64);
    expect(next === first).toBe(reusable);
    expect(sizes([pool.take()])).toEqual([4]);
  });

  it('are kept no more than are allowed', () => {
    const pool = createBufferPool(OPTIONS);
    const [first, second] = [pool.take(), pool.take()];
    pool.giveBack(first, true);
    pool.giveBack(second, true);
    expect([pool.take(), pool.take()].filter((buffer) => buffer === first || buffer === second)).toEqual([first]);
  });
});
