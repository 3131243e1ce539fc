/**
 * Several reads at once, their results in the order in which they were asked for.
 *
 * @module
 */
import { severalAtOnce, type CallOptions } from '@squizzle/core';

/** Enough for a registry far away, few enough for one that counts requests. */
const AT_ONCE = 8;

/** The first failure ends the others, and is thrown when all have ended. */
export async function inOrder<T, R>(
  items: readonly T[],
  { signal }: CallOptions,
  read: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  await severalAtOnce([...items.entries()], { atOnce: AT_ONCE, signal }, async ([at, item], stop) => {
    results.set(at, await read(item, stop));
  });
  return items.flatMap((_item, at) => (results.has(at) ? [results.get(at) as R] : []));
}
