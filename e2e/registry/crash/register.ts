/**
 * What a value may be after writes of which some were acknowledged and some were cut off.
 *
 * The rule is that of a linearizable register: an acknowledged write is lost only to a write that could have come
 * after it. A write that was never acknowledged may have happened or not.
 *
 * @module
 */
export interface Write {
  /** The server said so. */
  acknowledge(): void;
  /** The server said that it did nothing. */
  refuse(): void;
}

export interface Register<T> {
  begin(value: T): Write;
  /** Every value that a reader may find now. */
  possible(): ReadonlySet<T>;
  /** What was found, once nothing is in flight any more: from here on it is the only value. */
  settle(value: T): void;
}

interface Attempt<T> {
  readonly value: T;
  readonly startedAt: number;
  acknowledgedAt: number | undefined;
}

export function createRegister<T>(initial: T, clock: () => number): Register<T> {
  let attempts: Attempt<T>[] = [{ value: initial, startedAt: clock(), acknowledgedAt: clock() }];

  const isOverwritten = (attempt: Attempt<T>): boolean => {
    const end = attempt.acknowledgedAt;
    return end !== undefined && attempts.some((other) => other.acknowledgedAt !== undefined && other.startedAt > end);
  };

  return {
    begin(value) {
      const attempt: Attempt<T> = { value, startedAt: clock(), acknowledgedAt: undefined };
      attempts.push(attempt);
      return {
        acknowledge() {
          attempt.acknowledgedAt = clock();
        },
        refuse() {
          attempts = attempts.filter((each) => each !== attempt);
        },
      };
    },
    possible: () => new Set(attempts.filter((attempt) => !isOverwritten(attempt)).map(({ value }) => value)),
    settle(value) {
      attempts = [{ value, startedAt: clock(), acknowledgedAt: clock() }];
    },
  };
}
