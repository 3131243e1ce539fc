import { describe, expect, it } from 'vitest';
import { sleep } from './sleep.ts';

const reason = new RangeError('enough');

describe('sleep', () => {
  it('ends by itself', async () => {
    await expect(sleep(1, undefined)).resolves.toBeUndefined();
  });

  it.each([
    { why: 'before', abort: (controller: AbortController) => controller.abort(reason) },
    { why: 'while it waits', abort: (controller: AbortController) => setImmediate(() => controller.abort(reason)) },
  ])('rejects with the reason when aborted $why', async ({ abort }) => {
    const controller = new AbortController();
    abort(controller);
    await expect(sleep(60_000, controller.signal)).rejects.toBe(reason);
  });
});
