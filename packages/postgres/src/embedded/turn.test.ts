import { expect, it } from 'vitest';
import { createTurns } from './turn.ts';

const later = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

it('lets callers in one after the other, though one fails', async () => {
  const { take } = createTurns('it');
  const order: string[] = [];
  const first = take(async () => {
    await later(20);
    order.push('first');
    throw new RangeError('failed');
  });
  const second = take(async () => order.push('second'));
  await expect(first).rejects.toThrow('failed');
  await second;
  expect(order).toEqual(['first', 'second']);
});

it('refuses to wait for the turn one is in, and lets one join it', async () => {
  const { take, join } = createTurns('the database');
  await expect(take(() => take(async () => 1))).rejects.toThrow(/the database has one session/);
  expect(await take(() => join(async () => 2))).toBe(2);
  expect(await join(async () => 3)).toBe(3);
});
