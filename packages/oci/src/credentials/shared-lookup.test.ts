import { describe, expect, it } from 'vitest';
import { createSharedLookup } from './shared-lookup.ts';

/** A lookup whose end the test decides. */
function manual() {
  const signals: AbortSignal[] = [];
  const ends: { resolve: (value: string) => void; reject: (reason: Error) => void }[] = [];
  const look = async (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      ends.push({ resolve, reject });
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  };
  return { look, signals, ends };
}

describe('createSharedLookup', () => {
  it('looks once for all who ask at the same time', async () => {
    const { look, signals, ends } = manual();
    const lookup = createSharedLookup<string>({ keepMs: 0 });
    const asked = [lookup('a', look), lookup('a', look), lookup('b', look)];
    expect(signals).toHaveLength(2);
    ends[0]?.resolve('A');
    ends[1]?.resolve('B');
    expect(await Promise.all(asked)).toEqual(['A', 'A', 'B']);
  });

  it.each([
    { keepMs: 10, passed: 9, looks: 1, why: 'it is kept' },
    { keepMs: 10, passed: 10, looks: 2, why: 'it is old' },
    { keepMs: 0, passed: 0, looks: 2, why: 'nothing is kept' },
  ])('looks $looks times: after $passed of $keepMs ms $why', async ({ keepMs, passed, looks }) => {
    let [now, count] = [100, 0];
    const lookup = createSharedLookup<number>({ keepMs, now: () => now });
    const look = async (): Promise<number> => (count += 1);
    await lookup('a', look);
    now += passed;
    expect(await lookup('a', look)).toBe(looks);
  });

  it('keeps that there is nothing, and no fault', async () => {
    const lookup = createSharedLookup<undefined>({ keepMs: 1000, now: () => 0 });
    let count = 0;
    const look = async (): Promise<undefined> => {
      count += 1;
      if (count === 1) throw new RangeError('broken');
      return undefined;
    };
    await expect(lookup('a', look)).rejects.toThrow('broken');
    await lookup('a', look);
    await lookup('a', look);
    expect(count).toBe(2);
  });

  it('lets one leave without ending it for the others', async () => {
    const { look, signals, ends } = manual();
    const lookup = createSharedLookup<string>({ keepMs: 0 });
    const leaving = new AbortController();
    const left = lookup('a', look, { signal: leaving.signal });
    const staying = lookup('a', look, { signal: new AbortController().signal });
    leaving.abort(new RangeError('left'));
    await expect(left).rejects.toThrow('left');
    expect(signals[0]?.aborted).toBe(false);
    ends[0]?.resolve('A');
    expect(await staying).toBe('A');
  });

  it('ends it when the last one has left, and begins anew for the next', async () => {
    const { look, signals, ends } = manual();
    const lookup = createSharedLookup<string>({ keepMs: 1000 });
    const leaving = new AbortController();
    const left = lookup('a', look, { signal: leaving.signal });
    leaving.abort(new RangeError('left'));
    await expect(left).rejects.toThrow('left');
    expect(signals[0]?.reason).toEqual(new RangeError('left'));
    const next = lookup('a', look);
    ends[1]?.resolve('A');
    expect(await next).toBe('A');
  });

  it('begins nothing once the signal is aborted', async () => {
    const { look, signals } = manual();
    const lookup = createSharedLookup<string>({ keepMs: 0 });
    await expect(lookup('a', look, { signal: AbortSignal.abort(new RangeError('left')) })).rejects.toThrow('left');
    expect(signals).toEqual([]);
  });
});
