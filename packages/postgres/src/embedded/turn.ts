/**
 * Who may use the one session: callers take turns, in the order they came.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Turns {
  /** Waits for the turns before, then runs. */
  take<T>(run: () => Promise<T>): Promise<T>;
  /** The same, but as a part of the turn that the caller already has. */
  join<T>(run: () => Promise<T>): Promise<T>;
}

/** A caller that waits for a turn from inside its own would wait for itself forever: that is a fault of the caller. */
export function createTurns(what: string): Turns {
  const inside = new AsyncLocalStorage<boolean>();
  let last: Promise<unknown> = Promise.resolve();
  const take = async <T>(run: () => Promise<T>): Promise<T> => {
    if (inside.getStore() === true) {
      throw new TypeError(
        `${what} has one session, which this transaction is using: use the transaction's own methods`,
      );
    }
    const turn = last.then(() => inside.run(true, run));
    last = turn.catch(() => undefined);
    return turn;
  };
  return { take, join: (run) => (inside.getStore() === true ? run() : take(run)) };
}
