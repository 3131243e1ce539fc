import { describe, expect, it } from 'vitest';
import { createSingleFlight, unlessAborted } from './single-flight.ts';

const reason = new RangeError('stopped by the test');

/** Work that ends when told to, and knows how often it was begun and whether it was given up. */
function watchedWork() {
  const ends: ((value: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const work = async (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return new Promise((resolve) => ends.push(resolve));
  };
  return { work, ends, signals };
}

describe('createSingleFlight', () => {
  it('works once for all who ask at the same time, and again for who asks later', async () => {
    const flight = createSingleFlight<string>();
    const { work, ends } = watchedWork();
    const all = Array.from({ length: 20 }, () => flight('key', work));
    ends[0]?.('first');
    expect(new Set(await Promise.all(all))).toEqual(new Set(['first']));
    const later = flight('key', work);
    ends[1]?.('second');
    expect(await later).toBe('second');
    expect(ends).toHaveLength(2);
  });

  it('works for each key', async () => {
    const flight = createSingleFlight<string>();
    const { work, ends } = watchedWork();
    const both = [flight('one', work), flight('two', work)];
    ends[0]?.('one');
    ends[1]?.('two');
    expect(await Promise.all(both)).toEqual(['one', 'two']);
  });

  it('fails for all, and tries anew for the next', async () => {
    const flight = createSingleFlight<string>();
    const failing = async (): Promise<string> => Promise.reject(reason);
    const all = await Promise.allSettled([flight('key', failing), flight('key', failing)]);
    expect(all.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(await flight('key', async () => 'well')).toBe('well');
  });

  it('goes on for the others when one gives up', async () => {
    const flight = createSingleFlight<string>();
    const { work, ends, signals } = watchedWork();
    const impatient = new AbortController();
    const first = flight('key', work, impatient.signal);
    const second = flight('key', work, new AbortController().signal);
    impatient.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(signals[0]?.aborted).toBe(false);
    ends[0]?.('done');
    expect(await second).toBe('done');
  });

  it('gives up with the last, and the next starts anew', async () => {
    const flight = createSingleFlight<string>();
    const { work, ends, signals } = watchedWork();
    const controller = new AbortController();
    const all = [flight('key', work, controller.signal), flight('key', work, controller.signal)];
    controller.abort(reason);
    await Promise.allSettled(all);
    expect(signals[0]?.aborted).toBe(true);
    const next = flight('key', work);
    ends[1]?.('done');
    expect(await next).toBe('done');
  });

  it('begins nothing for a caller who has given up already', async () => {
    const { work, signals } = watchedWork();
    await expect(createSingleFlight<string>()('key', work, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(signals).toEqual([]);
  });
});

describe('unlessAborted', () => {
  it('passes the result on, with and without a signal', async () => {
    expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
    expect(await unlessAborted(Promise.resolve(2), new AbortController().signal)).toBe(2);
  });

  it('throws the reason at once when already aborted', async () => {
    await expect(unlessAborted(new Promise(() => undefined), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
