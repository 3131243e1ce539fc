import { describe, expect, it } from 'vitest';
import { options, TWO } from '../testing/apply-fixture.ts';
import { createMemoryDatabase } from '../testing/memory-driver.ts';
import { verifiedChain } from '../testing/shop.ts';
import { planBaseline, recordBaseline } from './baseline.ts';
import { withLockEvents } from './lock-events.ts';
import type { MigrationEvent } from './migration-event.ts';

describe('what a driver calls back', () => {
  it('is told as events, and to those who asked for it', () => {
    const [events, calls] = [[] as MigrationEvent[], [] as unknown[]];
    const notice = { severity: 'NOTICE', message: 'hello' };
    const told = withLockEvents({
      ...options,
      waitMs: 5,
      onEvent: (event) => events.push(event),
      onWaiting: (holder) => calls.push(holder),
      onNotice: (each) => calls.push(each),
    });
    told.onWaiting?.('pid 7');
    told.onNotice?.(notice);
    expect(events).toEqual([
      { type: 'lock-waiting', holder: 'pid 7' },
      { type: 'notice', ...notice },
    ]);
    expect(calls).toEqual(['pid 7', notice]);
    expect(told.waitMs).toBe(5);
  });

  it('is told while a baseline waits for a migration', async () => {
    const database = createMemoryDatabase();
    const driver = database.connect();
    const plan = planBaseline(await verifiedChain(TWO), await driver.readHistory(), { environment: 'x' });
    let waiting = (): void => undefined;
    const waited = new Promise<void>((done) => {
      waiting = done;
    });
    const onEvent = ({ type }: MigrationEvent): void => (type === 'lock-waiting' ? waiting() : undefined);
    const { recorded } = await driver.withLock(async () => {
      const recording = recordBaseline(plan, database.connect(), { ...options, onEvent });
      await waited;
      return { recorded: recording };
    });
    expect(await recorded).toMatchObject({ event: 'baselined' });
  });
});
