import { describe, expect, it } from 'vitest';
import { createKeyedLock, exclusiveAll } from './keyed-lock.ts';

/** A promise and what settles it. */
function gate(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open: () => open() };
}

const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createKeyedLock', () => {
  it('lets many share a key, and one have it alone, in the order they came', async () => {
    const lock = createKeyedLock();
    const log: string[] = [];
    const gates = [gate(), gate(), gate(), gate(), gate()];
    const work = (name: string, at: number) => async () => {
      log.push(`${name} begins`);
      await gates[at]?.promise;
      log.push(`${name} ends`);
    };
    const all = Promise.all([
      lock.shared('k', work('a', 0)),
      lock.shared('k', work('b', 1)),
      lock.exclusive('k', work('C', 2)),
      lock.shared('k', work('d', 3)),
      lock.shared('k', work('e', 4)),
    ]);
    await settled();
    expect(log).toEqual(['a begins', 'b begins']);
    for (const { open } of gates) {
      open();
      await settled();
    }
    await all;
    expect(log).toEqual([
      'a begins', 'b begins', 'a ends', 'b ends', 'C begins', 'C ends', 'd begins', 'e begins', 'd ends', 'e ends',
    ]); // prettier-ignore
  });

  it('goes on after work that failed, and passes its failure on', async () => {
    const lock = createKeyedLock();
    const failing = lock.exclusive('k', async () => Promise.reject(new RangeError('work')));
    const next = lock.exclusive('k', async () => 'done');
    await expect(failing).rejects.toThrow('work');
    expect(await next).toBe('done');
  });

  it('does not make different keys wait for each other', async () => {
    const lock = createKeyedLock();
    const { promise, open } = gate();
    const slow = lock.exclusive('a', async () => promise);
    expect(await lock.exclusive('b', async () => 'at once')).toBe('at once');
    open();
    await slow;
  });

  it('never lets two have a key alone, nor one beside those who share it', async () => {
    const lock = createKeyedLock();
    const now = { shared: 0, alone: 0 };
    const inside = (kind: 'shared' | 'alone') => async () => {
      now[kind] += 1;
      expect(now.alone === 0 || (now.alone === 1 && now.shared === 0)).toBe(true);
      await settled();
      now[kind] -= 1;
    };
    const runs = Array.from({ length: 60 }, async (_, at) =>
      at % 3 === 0 ? lock.exclusive('k', inside('alone')) : lock.shared('k', inside('shared')),
    );
    await Promise.all(runs);
    expect(now).toEqual({ shared: 0, alone: 0 });
  });
});

describe('exclusiveAll', () => {
  it('does not deadlock when two want the same keys in another order, or one twice', async () => {
    const lock = createKeyedLock();
    const log: string[] = [];
    const run = async (keys: readonly string[]): Promise<void> =>
      exclusiveAll(lock, keys, async () => {
        await settled();
        log.push(keys.join(''));
      });
    await Promise.all([run(['a', 'b', 'c']), run(['c', 'b', 'a']), run(['b', 'b']), run([])]);
    expect(log.toSorted()).toEqual(['', 'abc', 'bb', 'cba']);
  });
});
