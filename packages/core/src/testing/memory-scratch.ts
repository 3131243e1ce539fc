/**
 * Scratch databases that are memory databases, and what became of them.
 *
 * @module
 */
import type { ScratchDatabases } from '../contracts/scratch-databases.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { createMemoryDatabase } from './memory-driver.ts';

export interface MemoryScratch extends ScratchDatabases {
  /** Made so far, and not yet disposed of. */
  readonly count: { made: number; open: number };
  /** Statements that ran in those that were disposed of. */
  readonly executed: string[];
}

/** @param prepare what each database is given before it is used. */
export function createMemoryScratch(prepare?: (database: MemoryDatabase) => void): MemoryScratch {
  const count = { made: 0, open: 0 };
  const executed: string[] = [];
  return {
    description: 'memory',
    count,
    executed,
    create: async () => {
      const database = createMemoryDatabase();
      prepare?.(database);
      count.made++;
      count.open++;
      return {
        driver: database.connect(),
        [Symbol.asyncDispose]: async () => {
          count.open--;
          executed.push(...database.state.executed);
        },
      };
    },
  };
}
