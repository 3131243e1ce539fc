import { describe, expect, it } from 'vitest';
import { createHostPauses } from './host-pause.ts';

/** A clock that sleeping moves on. */
function createClock() {
  let at = 1_000;
  const slept: number[] = [];
  return {
    now: () => at,
    slept,
    sleep: async (ms: number) => {
      slept.push(ms);
      at += ms;
    },
  };
}

describe('createHostPauses', () => {
  it('lets everyone pass where nobody asked for a rest', async () => {
    const clock = createClock();
    await createHostPauses(clock).wait('https://ghcr.io', undefined);
    expect(clock.slept).toEqual([]);
  });

  it('makes requests to that host wait, and to no other', async () => {
    const clock = createClock();
    const pauses = createHostPauses(clock);
    pauses.pause('https://ghcr.io', 5_000);
    await pauses.wait('https://quay.io', undefined);
    expect(clock.slept).toEqual([]);
    await pauses.wait('https://ghcr.io', undefined);
    expect(clock.slept).toEqual([5_000]);
    await pauses.wait('https://ghcr.io', undefined);
    expect(clock.slept).toEqual([5_000]);
  });

  it('keeps the longest rest, and waits on when it is prolonged', async () => {
    const clock = createClock();
    const pauses = createHostPauses({
      now: clock.now,
      sleep: async (ms) => {
        if (clock.slept.length === 0) pauses.pause('h', ms + 700);
        await clock.sleep(ms);
      },
    });
    pauses.pause('h', 5_000);
    pauses.pause('h', 1_000);
    await pauses.wait('h', undefined);
    expect(clock.slept).toEqual([5_000, 700]);
  });

  it('hands the signal on', async () => {
    const reason = new RangeError('enough');
    const pauses = createHostPauses({ now: () => 0, sleep: async (_, signal) => signal?.throwIfAborted() });
    pauses.pause('h', 1_000);
    await expect(pauses.wait('h', AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
