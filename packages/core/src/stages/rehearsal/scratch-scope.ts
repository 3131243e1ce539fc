/**
 * A scratch database for as long as something is tried out on it.
 *
 * What failed on it is what is thrown, of its own code, also where the database cannot be removed afterwards because the
 * server is gone: that is told beside it. `await using` would throw a `SuppressedError`, which says neither.
 *
 * @module
 */
import type { CallOptions } from '../../contracts/call-options.ts';
import type { DatabaseDriver } from '../../contracts/database-driver.ts';
import type { ScratchDatabase, ScratchDatabases } from '../../contracts/scratch-databases.ts';
import type { ErrorCode } from '../../errors/error-catalog.ts';
import { isSquizzleError, SquizzleError } from '../../errors/squizzle-error.ts';

/** @throws {SquizzleError} what `work` throws; else what making or removing the database throws. */
export async function withScratchDatabase<T>(
  scratch: ScratchDatabases,
  work: (driver: DatabaseDriver) => Promise<T>,
  options?: CallOptions,
): Promise<T> {
  const database = await scratch.create(options);
  const result = await work(database.driver).catch(async (failure: unknown) => {
    throw await removeAfter(failure, database);
  });
  await database[Symbol.asyncDispose]();
  return result;
}

async function removeAfter(failure: unknown, database: ScratchDatabase): Promise<unknown> {
  try {
    await database[Symbol.asyncDispose]();
    return failure;
  } catch (left) {
    return isSquizzleError(failure) && left instanceof Error ? addTo(failure, left.message) : failure;
  }
}

function addTo<C extends ErrorCode>(failure: SquizzleError<C>, said: string): SquizzleError<C> {
  return new SquizzleError(failure.code, `${failure.message}\n${said}`, failure.details, { cause: failure });
}
