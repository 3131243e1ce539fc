import { describe, expect, it } from 'vitest';
import { counted, createInFlight } from './in-flight.ts';

describe('createInFlight', () => {
  it('closes when the last of what is under way has ended, also in failure', async () => {
    const inFlight = createInFlight();
    const log: string[] = [];
    let [end, fail] = [(): void => undefined, (): void => undefined];
    const first = inFlight.run(async () => new Promise<void>((resolve) => (end = resolve)));
    const second = inFlight.run(
      async () => new Promise<void>((_, reject) => (fail = () => reject(new RangeError('work')))),
    );
    const closing = [inFlight.close(), inFlight.close()].map(async (close) => close.then(() => log.push('closed')));
    end();
    await first;
    expect(log).toEqual([]);
    fail();
    await expect(second).rejects.toThrow('work');
    await Promise.all(closing);
    expect(log).toEqual(['closed', 'closed']);
  });

  it('refuses what comes after, in words for a client', async () => {
    const inFlight = createInFlight();
    await inFlight.close();
    let ran = false;
    const running = inFlight.run(async () => (ran = true));
    await expect(running).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
    expect(ran).toBe(false);
    await inFlight.close();
  });
});

describe('counted', () => {
  it('passes arguments, results and failures through', async () => {
    const inFlight = createInFlight();
    const operations = counted(inFlight, {
      add: async (a: number, b: number) => a + b,
      fail: async () => Promise.reject(new RangeError('work')),
    });
    expect(await operations.add(1, 2)).toBe(3);
    await expect(operations.fail()).rejects.toThrow('work');
    await inFlight.close();
    await expect(operations.add(1, 2)).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
  });
});
