/**
 * A map that holds no more than so much, and forgets first what was asked for longest ago.
 *
 * @module
 */
export interface BoundedCache<T> {
  get(key: string): T | undefined;
  /** Not kept at all when it alone weighs more than an eighth of the room: it would drive out too many others. */
  set(key: string, value: T): void;
  delete(key: string): void;
  clear(): void;
}

export interface BoundedCacheOptions<T> {
  readonly room: number;
  /** What one value takes of the room. */
  readonly weigh: (value: T) => number;
}

export function createBoundedCache<T>({ room, weigh }: BoundedCacheOptions<T>): BoundedCache<T> {
  /** A Map lists its keys in the order they were set: the first one is the one to forget. */
  const values = new Map<string, T>();
  let used = 0;

  const remove = (key: string): void => {
    const value = values.get(key);
    if (value === undefined) return;
    values.delete(key);
    used -= weigh(value);
  };

  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      const weight = weigh(value);
      if (weight > room / 8) return;
      values.set(key, value);
      used += weight;
      for (const oldest of values.keys()) {
        if (used <= room) break;
        remove(oldest);
      }
    },
    delete: remove,
    clear() {
      values.clear();
      used = 0;
    },
  };
}
