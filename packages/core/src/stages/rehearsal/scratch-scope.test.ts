import { describe, expect, it } from 'vitest';
import type { ScratchDatabases } from '../../contracts/scratch-databases.ts';
import { SquizzleError } from '../../errors/squizzle-error.ts';
import { createMemoryScratch } from '../../testing/memory-scratch.ts';
import { withScratchDatabase } from './scratch-scope.ts';

const LOST = new SquizzleError('CONNECTION_LOST', 'the connection broke', { database: 'scratch' });
const UNREMOVABLE = new SquizzleError('DATABASE_UNREACHABLE', 'A scratch database is left: DROP DATABASE x', {
  database: 'scratch',
});

/** Its server goes away before the database is removed. */
function createLosing(): ScratchDatabases {
  const { description, create } = createMemoryScratch();
  return {
    description,
    create: async () => ({ ...(await create()), [Symbol.asyncDispose]: () => Promise.reject(UNREMOVABLE) }),
  };
}

const fail = (failure: unknown) => async (): Promise<never> => {
  throw failure;
};

describe('withScratchDatabase', () => {
  it('gives what the work came to, with the database removed', async () => {
    const scratch = createMemoryScratch();
    expect(await withScratchDatabase(scratch, async ({ description }) => description)).toBe('memory');
    expect(scratch.count).toEqual({ made: 1, open: 0 });
  });

  it('throws what the work threw, with the database removed', async () => {
    const scratch = createMemoryScratch();
    await expect(withScratchDatabase(scratch, fail(LOST))).rejects.toBe(LOST);
    expect(scratch.count).toEqual({ made: 1, open: 0 });
  });

  it('keeps the code and the words of what failed first, and tells what is left', async () => {
    await expect(withScratchDatabase(createLosing(), fail(LOST))).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: `${LOST.message}\n${UNREMOVABLE.message}`,
      details: LOST.details,
      cause: LOST,
    });
  });

  it('throws a fault of the program as it is', async () => {
    const fault = new TypeError('a fault');
    await expect(withScratchDatabase(createLosing(), fail(fault))).rejects.toBe(fault);
  });

  it('throws that the database could not be removed where nothing else failed', async () => {
    await expect(withScratchDatabase(createLosing(), async () => 1)).rejects.toBe(UNREMOVABLE);
  });
});
