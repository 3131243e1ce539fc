import { describe, expect, it } from 'vitest';
import { createSemaphore } from './semaphore.ts';

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createSemaphore', () => {
  it('lets in as many as it has permits, the others in the order they came', async () => {
    const { run } = createSemaphore(3);
    const log: number[] = [];
    const inside = { now: 0, most: 0 };
    await Promise.all(
      Array.from({ length: 20 }, async (_, at) =>
        run(async () => {
          log.push(at);
          inside.now += 1;
          inside.most = Math.max(inside.most, inside.now);
          await turn();
          inside.now -= 1;
        }),
      ),
    );
    expect(inside).toEqual({ now: 0, most: 3 });
    expect(log).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  it('gets a permit back from work that failed', async () => {
    const { run } = createSemaphore(1);
    const failing = run(async () => Promise.reject(new RangeError('work')));
    const next = run(async () => 'done');
    await expect(failing).rejects.toThrow('work');
    expect(await next).toBe('done');
    expect(await run(async () => 'and again')).toBe('and again');
  });
});
