/**
 * What all {@link ScratchDatabases} must do, as tests.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseDriver } from '../contracts/database-driver.ts';
import type { ScratchDatabases } from '../contracts/scratch-databases.ts';
import { EMPTY_HISTORY } from '../model/history.ts';
import { table } from './database-fixture.ts';

export interface ScratchFixture {
  readonly scratch: ScratchDatabases;
  /** What lies on the server of what was made, for someone else than `scratch`. Left out where nothing can be left. */
  readonly leftovers?: () => Promise<readonly string[]>;
  close(): Promise<void>;
}

export function describeScratchDatabasesContract(name: string, open: () => Promise<ScratchFixture>): void {
  describe(`${name}: scratch databases contract`, () => {
    let fixture: ScratchFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(async () => {
      await fixture.close();
    });

    it('makes empty databases that know nothing of each other', async () => {
      const { scratch } = fixture;
      expect(scratch.description).not.toBe('');
      await using one = await scratch.create();
      await makeTable(one.driver);
      await using two = await scratch.create();
      expect(await two.driver.readHistory()).toEqual(EMPTY_HISTORY);
      expect(await tables(two.driver)).toEqual([]);
      expect(await tables(one.driver)).toHaveLength(1);
    });

    it('removes what was made, once, however often it is asked to', async () => {
      const { scratch, leftovers } = fixture;
      const database = await scratch.create();
      await makeTable(database.driver);
      if (leftovers !== undefined) expect(await leftovers()).toHaveLength(1);
      await database[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await expect(database.driver.snapshotSchema()).rejects.toMatchObject({ name: 'SquizzleError' });
      expect((await leftovers?.()) ?? []).toEqual([]);
    });

    it('removes a database that is in use, and ends that use', async () => {
      const { scratch, leftovers } = fixture;
      const database = await scratch.create();
      const use = database.driver.withLock(async (session) => {
        await database[Symbol.asyncDispose]();
        await session.transaction((transaction) => transaction.execute([table('late')]));
      });
      await expect(use).rejects.toBeInstanceOf(Error);
      expect((await leftovers?.()) ?? []).toEqual([]);
    });

    it('makes nothing for a signal that is already aborted', async () => {
      const { scratch, leftovers } = fixture;
      const creating = scratch.create({ signal: AbortSignal.abort() });
      await expect(creating).rejects.toMatchObject({ code: 'CANCELLED' });
      expect((await leftovers?.()) ?? []).toEqual([]);
    });
  });
}

const makeTable = (driver: DatabaseDriver): Promise<void> =>
  driver.withLock((session) => session.transaction((transaction) => transaction.execute([table('kept')])));

async function tables(driver: DatabaseDriver): Promise<readonly string[]> {
  const { objects } = await driver.snapshotSchema();
  return objects.filter(({ kind }) => kind === 'table').map(({ name }) => name);
}
