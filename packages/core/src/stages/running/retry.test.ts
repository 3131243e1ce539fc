import { describe, expect, it } from 'vitest';
import { SquizzleError } from '../../errors/squizzle-error.ts';
import { statementFailed } from '../../testing/apply-fixture.ts';
import { DEFAULT_RETRY, withRetries, type RetryLimits } from './retry.ts';

/** Time passes only with tries: each takes `tryMs`. */
async function run(fault: () => unknown, limits: RetryLimits, tryMs = 0) {
  let [tries, now] = [0, 0];
  const waits: number[] = [];
  const work = (): Promise<never> => {
    tries++;
    now += tryMs;
    return Promise.reject(fault());
  };
  const options = { limits, now: () => now, onRetry: (_: number, waitMs: number) => void waits.push(waitMs) };
  const thrown: unknown = await withRetries(work, options).catch((cause: unknown) => cause);
  return { tries, waits, thrown };
}

describe('work that fails', () => {
  it.each([
    { fault: statementFailed('55P03'), tries: 10, why: 'a lock may be free the next time' },
    { fault: statementFailed('40P01'), tries: 10, why: 'so may a deadlock not come again' },
    { fault: statementFailed('40001'), tries: 10, why: 'nor a conflict' },
    { fault: statementFailed('57014'), tries: 1, why: 'it will run into its limit again' },
    { fault: statementFailed('53200'), tries: 1, why: 'it will need as much the next time' },
    {
      fault: new SquizzleError('PLAN_STALE', 'stale', { expectedHead: null, actualHead: null }),
      tries: 1,
      why: 'the plan is for another state',
    },
    {
      fault: new SquizzleError('CONNECTION_LOST', 'lost', { database: 'x' }),
      tries: 1,
      why: 'nobody knows what was committed',
    },
    { fault: new RangeError('bug'), tries: 1, why: 'a bug is no race' },
  ])('is tried $tries times: $why', async ({ fault, tries }) => {
    const outcome = await run(() => fault, { ...DEFAULT_RETRY, baseMs: 0 });
    expect(outcome).toMatchObject({ tries, thrown: fault });
  });

  it('waits a random time below a limit that doubles', async () => {
    const { waits } = await run(() => statementFailed('55P03'), { attempts: 6, totalMs: 60_000, baseMs: 1 });
    expect(waits).toHaveLength(5);
    waits.forEach((waitMs, index) => expect(waitMs).toBeLessThanOrEqual(2 ** (index + 1)));
  });

  it('is given up when the time is over, before the tries are', async () => {
    const limits = { attempts: 10, totalMs: 1_000, baseMs: 0 };
    expect((await run(() => statementFailed('55P03'), limits, 400)).tries).toBe(3);
  });

  it('may be tried ten times in ten minutes', () => {
    expect(DEFAULT_RETRY).toEqual({ attempts: 10, totalMs: 600_000 });
  });
});
