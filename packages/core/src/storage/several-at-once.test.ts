import { describe, expect, it } from 'vitest';
import { severalAtOnce } from './several-at-once.ts';

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('severalAtOnce', () => {
  it.each([
    { count: 20, atOnce: 8, most: 8 },
    { count: 3, atOnce: 8, most: 3 },
    { count: 5, atOnce: 1, most: 1 },
    { count: 0, atOnce: 8, most: 0 },
  ])('does $count things in order, $most at a time where $atOnce may be', async ({ count, atOnce, most }) => {
    const begun: number[] = [];
    let [running, highest] = [0, 0];
    await severalAtOnce(
      Array.from({ length: count }).map((_, at) => at),
      { atOnce },
      async (item) => {
        begun.push(item);
        highest = Math.max(highest, (running += 1));
        await turn();
        running -= 1;
      },
    );
    expect(begun).toEqual(Array.from({ length: count }, (_, at) => at));
    expect(highest).toBe(most);
  });

  it('throws the first failure when the others have stopped, and begins nothing more', async () => {
    const failure = new RangeError('failed by the test');
    const begun: number[] = [];
    let stopped = 0;
    const doing = severalAtOnce([0, 1, 2, 3, 4], { atOnce: 3 }, async (item, signal) => {
      begun.push(item);
      await turn();
      if (item === 1) throw failure;
      await turn();
      stopped += 1;
      signal.throwIfAborted();
    });
    await expect(doing).rejects.toBe(failure);
    expect({ begun, stopped }).toEqual({ begun: [0, 1, 2], stopped: 2 });
  });

  it('ends with the reason of the signal', async () => {
    const reason = new RangeError('stopped by the test');
    const controller = new AbortController();
    const doing = severalAtOnce([0, 1, 2], { atOnce: 1, signal: controller.signal }, async (item) => {
      if (item === 0) controller.abort(reason);
      else expect.unreachable('it went on');
    });
    await expect(doing).rejects.toBe(reason);
  });
});
