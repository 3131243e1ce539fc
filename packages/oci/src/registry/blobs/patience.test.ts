import { SquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { SMALL_BLOB } from '../../../test/push-content.ts';
import { connectionLost, scriptTransfer } from '../../../test/scripted-transfer.ts';
import type { TransferLimits } from '../../http/transfer-limits.ts';
import { createPatience } from './patience.ts';

const { descriptor } = SMALL_BLOB;
const fault = { registry: 'registry.test', repository: 'team/app', requestId: null, status: 503, hint: '' };
const failed = new SquizzleError('REGISTRY_FAILED', 'out of order', { ...fault, attempts: 1 });

function rateLimited(retryAtMs: number | null): SquizzleError {
  const retryAt = retryAtMs === null ? null : new Date(retryAtMs).toISOString();
  return new SquizzleError('RATE_LIMITED', 'not now', { ...fault, retryAt });
}

function open(limits: Partial<TransferLimits> = {}, signal?: AbortSignal, size = descriptor.size) {
  const { access, events } = scriptTransfer(() => ({ status: 200 }), limits);
  return { patience: createPatience(access, { ...descriptor, size }, { method: 'PUT', signal }), events };
}

describe('patience', () => {
  it('is over after so many tries without getting further', async () => {
    const { patience, events } = open({ attempts: 3 });
    await patience.tryAgain(0, failed);
    await patience.tryAgain(0, failed);
    await expect(patience.tryAgain(0, failed)).rejects.toBe(failed);
    expect(events.map((event) => event.type === 'retrying' && [event.method, event.attempt, event.reason])).toEqual([
      ['PUT', 2, 'REGISTRY_FAILED'],
      ['PUT', 3, 'REGISTRY_FAILED'],
    ]);
  });

  const MIB = 1024 * 1024;
  it.each([
    { size: 10 * MIB, reached: [MIB, 2 * MIB, 3 * MIB, 10 * MIB], why: 'a mebibyte each time, and the rest' },
    { size: 10 * MIB, reached: [MIB / 2, MIB, MIB + 1, 2 * MIB], why: 'a mebibyte in several tries' },
    { size: 1000 * MIB, reached: [10 * MIB, 20 * MIB, 30 * MIB, 40 * MIB], why: 'a hundredth of what is large' },
    { size: 1_000, reached: [1_000], why: 'all of what is small' },
  ])('begins anew with what is well further: $why', async ({ size, reached }) => {
    const { patience } = open({ attempts: 3 }, undefined, size);
    for (const doneBytes of reached) await patience.tryAgain(doneBytes, failed);
    await patience.tryAgain(0, failed);
    await expect(patience.tryAgain(reached.at(-1) ?? 0, failed)).rejects.toBe(failed);
  });

  it.each([
    { size: 10 * MIB, reached: [1, 2, 3], why: 'a byte each time' },
    { size: 1_000, reached: [400, 800, 900], why: 'a part of what is small' },
    { size: 1000 * MIB, reached: [MIB, 2 * MIB, 3 * MIB], why: 'little of what is large' },
  ])('does not begin anew with $why', async ({ size, reached }) => {
    const { patience } = open({ attempts: 3 }, undefined, size);
    const tries = reached.map((doneBytes) => () => patience.tryAgain(doneBytes, failed));
    await tries[0]?.();
    await tries[1]?.();
    await expect(tries[2]?.()).rejects.toBe(failed);
  });

  it('takes nothing for won that was sent from the start again', async () => {
    const { patience } = open({ attempts: 3 }, undefined, 10 * MIB);
    await patience.tryAgain(2 * MIB, failed, { resent: true });
    await patience.tryAgain(4 * MIB, failed, { resent: true });
    await expect(patience.tryAgain(4 * MIB + 1, failed)).rejects.toBe(failed);
  });

  it('calls a connection that broke again and again by what it means', async () => {
    const { patience } = open({ attempts: 1 });
    const cause = connectionLost();
    await expect(patience.tryAgain(7, cause)).rejects.toMatchObject({
      code: 'TRUNCATED',
      details: { digest: descriptor.digest, expectedBytes: 1_000, receivedBytes: 7, repository: 'team/app' },
      cause,
    });
    await expect(patience.tryAgain(7, undefined)).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  it('waits longer each time, up to a limit', async () => {
    const { patience, events } = open({ backoffMs: 2, maxBackoffMs: 5, attempts: 5 });
    for (let tries = 0; tries < 4; tries += 1) await patience.tryAgain(0, failed);
    const waits = events.flatMap((event) => (event.type === 'retrying' ? [event.waitMs] : []));
    for (const [at, most] of [2, 4, 5, 5].entries()) expect(waits[at]).toBeLessThanOrEqual(most);
  });

  it('waits as long as the registry asks', async () => {
    const { patience, events } = open();
    await patience.tryAgain(0, rateLimited(Date.now() + 20));
    expect(events[0]).toMatchObject({ type: 'retrying', waitMs: expect.any(Number) as number });
    expect(events.flatMap((event) => (event.type === 'retrying' ? [event.waitMs] : []))[0]).toBeGreaterThan(5);
    await patience.tryAgain(0, rateLimited(null));
    await patience.tryAgain(0, rateLimited(Date.now() - 1e6));
  });

  it('does not wait longer than is allowed', async () => {
    const { patience } = open({ maxRetryAfterMs: 1_000 });
    const cause = rateLimited(Date.now() + 10_000);
    await expect(patience.tryAgain(0, cause)).rejects.toBe(cause);
  });

  it('ends when aborted', async () => {
    const controller = new AbortController();
    const reason = new RangeError('stopped by the test');
    const { patience } = open({ maxRetryAfterMs: 1e9 }, controller.signal);
    const waiting = patience.tryAgain(0, rateLimited(Date.now() + 1e6));
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
