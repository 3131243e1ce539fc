/**
 * The part of the database driver contract about snapshots of the schema: read, kept, and not waited for.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import { expect, it } from 'vitest';
import type { MigrationTransaction } from '../contracts/database-driver.ts';
import { sealEntry } from '../model/ledger-event.ts';
import { schemaDigest, type SchemaSnapshot } from '../model/schema-snapshot.ts';
import { holdTable, requireCapability, script, table, type DatabaseFixture } from './database-fixture.ts';
import { ledgerEntry } from './ledger-samples.ts';

export function describeSnapshots(fixture: () => DatabaseFixture): void {
  it('shows a transaction its own changes in a snapshot, and others only what was committed', async () => {
    const { driver } = fixture();
    expect(tableNames(await driver.snapshotSchema())).toEqual([]);
    const inside = await driver.withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.execute([table('shown')]);
        return transaction.snapshotSchema();
      }),
    );
    expect(tableNames(inside)).toEqual([expect.stringMatching(/(^|\.)shown$/)]);
    expect(await driver.snapshotSchema()).toEqual(inside);
  });

  it('keeps one snapshot, the last, which is no part of the schema itself', async () => {
    const { driver } = fixture();
    const digests = await driver.withLock(async (session) => [
      await session.transaction((transaction) => keep(transaction, 'first')),
      await session.transaction((transaction) => keep(transaction, 'second')),
    ]);
    const [first, second] = digests;
    if (first === undefined || second === undefined) throw new RangeError('both were kept');
    const live = await driver.snapshotSchema();
    expect(await driver.readKeptSnapshot(second)).toEqual(live);
    expect(schemaDigest(live)).toBe(second);
    expect(await driver.readKeptSnapshot(first), 'the one before').toBeNull();
  });

  it('keeps nothing of a transaction that is rolled back', async () => {
    const { driver } = fixture();
    const [digest, thrown] = [schemaDigest({ objects: [] }), new RangeError('no')];
    const keeping = driver.withLock((session) =>
      session.transaction(async (transaction) => {
        await transaction.keepSnapshot(digest, { objects: [] });
        throw thrown;
      }),
    );
    await expect(keeping).rejects.toBe(thrown);
    expect(await driver.readKeptSnapshot(digest)).toBeNull();
  });

  it('does not wait for a lock that someone else has on the schema', { timeout: 15_000 }, async (context) => {
    const { driver, capabilities } = fixture();
    requireCapability(context, capabilities.lockConflicts);
    const event = sealEntry(ledgerEntry({}), null);
    await driver.withLock(async (session) => {
      await session.transaction((transaction) =>
        transaction.execute([table('held'), script('CREATE VIEW seen AS SELECT id FROM held')]),
      );
      const release = await holdTable(fixture(), 'held');
      await session.transaction(async (transaction) => {
        expect(await transaction.snapshotSchema()).toBeNull();
        await transaction.append(event);
      });
      await release();
    });
    expect((await driver.readHistory()).events, 'the transaction went on').toEqual([event]);
  });
}

async function keep(transaction: MigrationTransaction, name: string): Promise<Digest> {
  await transaction.execute([table(name)]);
  const snapshot = await transaction.snapshotSchema();
  if (snapshot === null) throw new RangeError('nobody else has a lock here');
  const digest = schemaDigest(snapshot);
  await transaction.keepSnapshot(digest, snapshot);
  return digest;
}

function tableNames(snapshot: SchemaSnapshot | null): readonly string[] {
  return (snapshot?.objects ?? []).filter(({ kind }) => kind === 'table').map(({ name }) => name);
}
