import { describe, expect, it } from 'vitest';
import { createRoom } from './room.ts';

const soon = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const reason = new RangeError('stopped by the test');

/** Who holds what, in the order of their coming in. */
function visit(
  room: ReturnType<typeof createRoom>,
  wishes: readonly (readonly [bytes: number, signal?: AbortSignal])[],
) {
  const inside: number[] = [];
  const leaves = new Map<number, () => void>();
  const visits = wishes.map(async ([bytes, signal]) => {
    leaves.set(bytes, await room.hold(bytes, signal));
    inside.push(bytes);
  });
  return { inside, leave: (bytes: number) => leaves.get(bytes)?.(), visits };
}

describe('a room', () => {
  it('lets wait who does not fit, and those behind, in the order of their coming', async () => {
    const { inside, leave } = visit(createRoom(10), [[6], [5], [1], [4]]);
    await soon();
    expect(inside).toEqual([6]);
    leave(6);
    await soon();
    expect(inside).toEqual([6, 5, 1, 4]);
  });

  it('is given back once, however often', async () => {
    const { inside, leave } = visit(createRoom(10), [[10], [9], [8]]);
    await soon();
    leave(10);
    leave(10);
    await soon();
    expect(inside).toEqual([10, 9]);
  });

  it('lets those in who wait behind one that gives up', async () => {
    const controller = new AbortController();
    const { inside, visits } = visit(createRoom(10), [[5], [9, controller.signal], [4]]);
    await soon();
    controller.abort(reason);
    await expect(visits[1]).rejects.toBe(reason);
    await soon();
    expect(inside).toEqual([5, 4]);
    await expect(createRoom(1).hold(1, controller.signal)).rejects.toBe(reason);
  });

  it('is never large enough for some', async () => {
    await expect(createRoom(10).hold(11)).rejects.toThrow(RangeError);
    await expect(createRoom(10).hold(NaN)).rejects.toThrow(RangeError);
  });
});
