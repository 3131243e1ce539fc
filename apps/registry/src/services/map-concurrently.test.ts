import { describe, expect, it } from 'vitest';
import { mapConcurrently } from './map-concurrently.ts';

describe('mapConcurrently', () => {
  it.each([0, 1, 2, 3, 7])('keeps the order of %i items and never has more than two under way', async (count) => {
    let [running, most] = [0, 0];
    const results = await mapConcurrently([...Array(count).keys()], 2, async (item) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return item * 10;
    });
    expect(results).toEqual([...Array(count).keys()].map((item) => item * 10));
    expect(most).toBeLessThanOrEqual(2);
  });

  it('rejects with the first failure and begins nothing after it', async () => {
    const begun: number[] = [];
    const fault = new RangeError('third');
    const work = async (item: number): Promise<void> => {
      begun.push(item);
      await Promise.resolve();
      if (item === 2) throw fault;
    };
    await expect(mapConcurrently([...Array(100).keys()], 1, work)).rejects.toBe(fault);
    expect(begun).toEqual([0, 1, 2]);
  });
});
