/**
 * What must be undone when a file's tests are over, also when its set-up failed half-way: last made, first undone.
 *
 * @module
 */
export interface Cleanup {
  /** Remembers how to undo what was just made, and hands it on. */
  add<T>(made: T, undo: (made: T) => Promise<unknown>): T;
  /** Undoes everything, whatever fails; then throws what failed. */
  run(): Promise<void>;
}

export function createCleanup(): Cleanup {
  const pending: (() => Promise<unknown>)[] = [];
  return {
    add(made, undo) {
      pending.push(() => undo(made));
      return made;
    },
    async run() {
      const failures: unknown[] = [];
      for (let undo = pending.pop(); undo !== undefined; undo = pending.pop()) {
        await undo().catch((thrown: unknown) => failures.push(thrown));
      }
      if (failures.length > 0) throw new AggregateError(failures, 'not everything could be cleaned up');
    },
  };
}
