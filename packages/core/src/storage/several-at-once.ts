/**
 * Many things of a kind, some of them at a time.
 *
 * @module
 */
export interface AtOnceOptions {
  readonly atOnce: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does the work for each, beginning in order. The first failure aborts what runs, and is thrown when all of it has ended.
 *
 * @param work stops when its signal is aborted.
 */
export async function severalAtOnce<T>(
  items: readonly T[],
  { atOnce, signal }: AtOnceOptions,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  const failure = new AbortController();
  const either = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const waiting = items.values();
  const failures: unknown[] = [];
  const go = async (): Promise<void> => {
    for (const item of waiting) {
      try {
        either.throwIfAborted();
        await work(item, either);
      } catch (thrown) {
        failures.push(thrown);
        failure.abort(thrown);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, go));
  if (failures.length > 0) throw failures[0];
}
