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

function open(limits: Partial<TransferLimits> = {}, signal?: AbortSignal) {
  const { access, events } = scriptTransfer(() => ({ status: 200 }), limits);
  return { patience: createPatience(access, descriptor, { method: 'PUT', signal }), events };
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

  it('begins anew with what is further than ever, and with nothing else', async () => {
    const { patience } = open({ attempts: 3 });
    for (const doneBytes of [10, 10, 20, 10, 30]) await patience.tryAgain(doneBytes, failed);
    await patience.tryAgain(10, failed);
    await expect(patience.tryAgain(30, failed)).rejects.toBe(failed);
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
