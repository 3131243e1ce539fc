import { describe, expect, it } from 'vitest';
import { createGate } from './gate.ts';

const reason = new RangeError('stopped by the test');
const soon = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Who came in, in order. */
function visit(gate: ReturnType<typeof createGate>, names: readonly string[]) {
  const inside: string[] = [];
  const leaves = new Map<string, () => void>();
  const visits = names.map(async (name) => {
    leaves.set(name, await gate.enter());
    inside.push(name);
  });
  return { inside, leave: (name: string) => leaves.get(name)?.(), all: Promise.all(visits) };
}

describe('a gate', () => {
  it('lets so many in, and others in the order of their coming', async () => {
    const { inside, leave, all } = visit(createGate(2), ['a', 'b', 'c', 'd']);
    await soon();
    expect(inside).toEqual(['a', 'b']);
    leave('b');
    await soon();
    expect(inside).toEqual(['a', 'b', 'c']);
    leave('a');
    await all;
    expect(inside).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has one place free when somebody leaves twice', async () => {
    const { inside, leave } = visit(createGate(1), ['a', 'b', 'c']);
    await soon();
    leave('a');
    leave('a');
    await soon();
    expect(inside).toEqual(['a', 'b']);
  });

  it('opens again however the work ends', async () => {
    const gate = createGate(1);
    await expect(gate.pass(async () => Promise.reject(reason))).rejects.toBe(reason);
    expect(await gate.pass(async () => 'in')).toBe('in');
  });

  it('lets a push in while pulls wait for it, and the other way round', async () => {
    const gate = createGate(1);
    const copied = await gate.pass(async () => gate.pass(async () => 'copied', { lane: 'pull' }), { lane: 'push' });
    expect(copied).toBe('copied');
  });

  it('forgets who was aborted while waiting, and who came aborted', async () => {
    const gate = createGate(1);
    const leave = await gate.enter();
    const controller = new AbortController();
    const aborted = gate.enter(controller);
    const next = gate.enter();
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(gate.enter(controller)).rejects.toBe(reason);
    leave();
    expect(await next).toBeTypeOf('function');
  });

  it.each([0, -1, Number.NaN])('is not made %d wide', (width) => {
    expect(() => createGate(width)).toThrow(RangeError);
  });
});
