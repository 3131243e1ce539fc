/**
 * Locks by key, inside this process: many may share one, or a single one has it alone. First come, first served.
 *
 * A key takes memory only while someone holds it or waits for it.
 *
 * @module
 */
export interface KeyedLock {
  /** Runs `work` while nobody has the key exclusively. */
  shared<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Runs `work` while nobody else has the key. */
  exclusive<T>(key: string, work: () => Promise<T>): Promise<T>;
}

type Mode = 'shared' | 'exclusive';

interface Waiter {
  readonly mode: Mode;
  readonly start: () => void;
}

interface Holding {
  mode: Mode;
  holders: number;
  readonly waiting: Waiter[];
}

export function createKeyedLock(): KeyedLock {
  const holdings = new Map<string, Holding>();

  async function acquire(key: string, mode: Mode): Promise<void> {
    const holding = holdings.get(key);
    if (holding === undefined) {
      holdings.set(key, { mode, holders: 1, waiting: [] });
    } else if (holding.waiting.length === 0 && mode === 'shared' && holding.mode === 'shared') {
      holding.holders += 1;
    } else {
      await new Promise<void>((start) => holding.waiting.push({ mode, start }));
    }
  }

  function release(key: string): void {
    const holding = holdings.get(key);
    if (holding === undefined) return;
    holding.holders -= 1;
    if (holding.holders > 0) return;
    const next = holding.waiting.shift();
    if (next === undefined) {
      holdings.delete(key);
      return;
    }
    admit(holding, next);
    while (holding.mode === 'shared' && holding.waiting[0]?.mode === 'shared') admit(holding, holding.waiting.shift());
  }

  function admit(holding: Holding, waiter: Waiter | undefined): void {
    if (waiter === undefined) return;
    holding.mode = waiter.mode;
    holding.holders += 1;
    waiter.start();
  }

  const run = async <T>(key: string, mode: Mode, work: () => Promise<T>): Promise<T> => {
    await acquire(key, mode);
    try {
      return await work();
    } finally {
      release(key);
    }
  };

  return {
    shared: async (key, work) => run(key, 'shared', work),
    exclusive: async (key, work) => run(key, 'exclusive', work),
  };
}

/**
 * Runs `work` with all of the keys. They are taken in one order by everyone, so that no two can wait for each other.
 */
export async function exclusiveAll<T>(lock: KeyedLock, keys: readonly string[], work: () => Promise<T>): Promise<T> {
  const sorted = [...new Set(keys)].sort();
  const takeFrom = async (at: number): Promise<T> => {
    const key = sorted[at];
    return key === undefined ? work() : lock.exclusive(key, async () => takeFrom(at + 1));
  };
  return takeFrom(0);
}
