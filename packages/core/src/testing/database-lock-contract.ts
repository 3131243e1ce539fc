/**
 * The part of the database driver contract about the lock and about stopping.
 *
 * @module
 */
import { expect, it } from 'vitest';
import type { LockConflict, MigrationSession } from '../contracts/database-driver.ts';
import { sealEntry } from '../model/ledger-event.ts';
import { holdTable, openAnother, requireCapability, script, table, type DatabaseFixture } from './database-fixture.ts';
import { ledgerEntry } from './ledger-samples.ts';

const longSleep = script('SELECT pg_sleep(60)');

export function describeLock(fixture: () => DatabaseFixture): void {
  it('frees the lock when work throws', async () => {
    const { driver } = fixture();
    const thrown = new RangeError('no');
    await expect(driver.withLock(() => Promise.reject(thrown))).rejects.toBe(thrown);
    await driver.withLock(async () => undefined, { waitMs: 0 });
  });

  it('excludes a second run through the same driver', async () => {
    const { driver } = fixture();
    await driver.withLock(async () => {
      const second = driver.withLock(async () => undefined, { waitMs: 0 });
      await expect(second).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    });
  });

  it.for([0, 120])('excludes a second session, which gives up after %i ms', async (waitMs, context) => {
    const { driver } = fixture();
    const other = await openAnother(context, fixture());
    await driver.withLock(async () => {
      const second = other.withLock(async () => undefined, { waitMs });
      await expect(second).rejects.toMatchObject({ code: 'LOCK_TIMEOUT', details: { waitMs } });
    });
    await other.close();
  });

  it('lets a second session wait, says so, and goes on when the first has ended', async (context) => {
    const { driver } = fixture();
    const other = await openAnother(context, fixture());
    const order: string[] = [];
    const [taken, waiting] = [createGate(), createGate()];
    const first = driver.withLock(async () => {
      taken.open();
      await waiting.opened;
      order.push('first');
    });
    await taken.opened;
    const second = other.withLock(async () => order.push('second'), { waitMs: 10_000, onWaiting: waiting.open });
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    await other.close();
  });

  it('reads the history while another run holds the lock', async () => {
    const { driver, another } = fixture();
    await driver.withLock(async () => undefined);
    const reader = another === undefined ? driver : await another();
    await driver.withLock(async () => {
      expect((await reader.readHistory()).initialized).toBe(true);
    });
    if (reader !== driver) await reader.close();
  });
}

/** Ends as soon as the conflict was told: nothing here depends on how long anybody waits. */
export function describeConflicts(fixture: () => DatabaseFixture): void {
  it(
    'tells once who is in the way of a statement, and goes on when they have gone',
    { timeout: 15_000 },
    async (context) => {
      const { driver, capabilities } = fixture();
      requireCapability(context, capabilities.lockConflicts);
      const told: LockConflict[] = [];
      const way = createGate();
      const onBlocked = (conflict: LockConflict): void => {
        told.push(conflict);
        way.open();
      };
      const run = driver.withLock(
        async (session) => {
          await session.transaction((transaction) => transaction.execute([table('held')]));
          const release = await holdTable(fixture(), 'held');
          const freed = way.opened.then(release);
          await session.transaction((transaction) => transaction.execute([script('DROP TABLE held'), table('after')]));
          await freed;
        },
        { lockTimeoutMs: 10_000, onBlocked },
      );
      await run;
      const [conflict] = told;
      expect(told).toMatchObject([{ target: 'public.held', mode: 'AccessExclusiveLock' }]);
      expect(conflict?.holders).toMatchObject([{ state: 'idle in transaction', command: 'LOCK TABLE' }]);
      expect(conflict?.holders[0]?.pid).toBeGreaterThan(0);
      expect(conflict?.holders[0]?.since).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(conflict?.waitedMs).toBeGreaterThanOrEqual(0);
    },
  );
}

export function describeCancellation(fixture: () => DatabaseFixture): void {
  it('refuses to start with a signal that is already aborted', async () => {
    const { driver } = fixture();
    const signal = AbortSignal.abort();
    await expect(driver.withLock(async () => undefined, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(driver.readHistory({ signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('sends nothing more once the signal is aborted, and rolls back', async () => {
    const { driver, tableExists } = fixture();
    const abort = new AbortController();
    const run = driver.withLock(
      (session) =>
        session.transaction(async (transaction) => {
          await transaction.execute([table('undone')]);
          abort.abort();
          await transaction.execute([table('never')]);
        }),
      { signal: abort.signal },
    );
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await tableExists('undone')).toBe(false);
  });

  it('records that it was stopped, in a transaction that outlasts the signal', async () => {
    const { driver } = fixture();
    const abort = new AbortController();
    const event = sealEntry(ledgerEntry({ event: 'failed' }), null);
    const run = driver.withLock(
      async (session) => {
        abort.abort();
        const usual = session.transaction((transaction) => transaction.append(event));
        await expect(usual).rejects.toMatchObject({ code: 'CANCELLED' });
        await session.transaction((transaction) => transaction.append(event), { afterAbort: true });
      },
      { signal: abort.signal },
    );
    await run;
    expect((await driver.readHistory()).events).toEqual([event]);
  });

  it.for([
    {
      where: 'in a transaction',
      run: (session: MigrationSession) => session.transaction((t) => t.execute([longSleep])),
    },
    { where: 'outside', run: (session: MigrationSession) => session.executeOutsideTransaction(longSleep) },
  ])('stops a running statement $where when the signal is aborted', { timeout: 15_000 }, async ({ run }, context) => {
    const { driver, capabilities } = fixture();
    requireCapability(context, capabilities.cancellation);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 300);
    const event = sealEntry(ledgerEntry({ event: 'failed' }), null);
    const stopped = driver.withLock(
      async (session) => {
        await expect(run(session)).rejects.toMatchObject({ code: 'CANCELLED' });
        await session.transaction((transaction) => transaction.append(event), { afterAbort: true });
      },
      { signal: abort.signal },
    );
    await stopped;
    await driver.withLock(async () => undefined, { waitMs: 5_000 });
    expect((await driver.readHistory()).events).toEqual([event]);
  });
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function createGate(): Gate {
  const gate: { open?: () => void } = {};
  const opened = new Promise<void>((done) => {
    gate.open = done;
  });
  return { opened, open: () => gate.open?.() };
}
