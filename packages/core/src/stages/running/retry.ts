/**
 * Runs work again when the server says that it lost a race for a lock: full jitter, bounded in tries and time.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isSquizzleError, SquizzleError } from '../../errors/squizzle-error.ts';

export interface RetryLimits {
  readonly attempts: number;
  readonly totalMs: number;
  /** Half of the longest wait before the second try, which doubles with each; 100 unless said. */
  readonly baseMs?: number;
}

export const DEFAULT_RETRY: RetryLimits = { attempts: 10, totalMs: 600_000 };

/** lock_not_available, deadlock_detected, serialization_failure: the transaction may succeed when it runs again. */
const RETRIED = new Set(['55P03', '40P01', '40001']);

const BASE_MS = 100;
const LONGEST_MS = 10_000;

export interface RetryOptions {
  readonly limits: RetryLimits;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since an arbitrary start, never going back. */
  readonly now: () => number;
  readonly onRetry: (attempt: number, waitMs: number, sqlState: string) => void;
}

/** The SQLSTATE for which `work` should run again, or `undefined` for every other fault. */
export function retriedState(thrown: unknown): string | undefined {
  if (!isSquizzleError(thrown, 'STATEMENT_FAILED')) return undefined;
  return RETRIED.has(thrown.details.sqlState) ? thrown.details.sqlState : undefined;
}

/** Throws what `work` threw last when tries or time are used up. */
export async function withRetries<T>(
  work: () => Promise<T>,
  { limits, signal, now, onRetry }: RetryOptions,
): Promise<T> {
  const until = now() + limits.totalMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (cause) {
      const sqlState = retriedState(cause);
      const waitMs = Math.round(Math.random() * Math.min(LONGEST_MS, (limits.baseMs ?? BASE_MS) * 2 ** attempt));
      if (sqlState === undefined || attempt >= limits.attempts || now() + waitMs > until) throw cause;
      onRetry(attempt, waitMs, sqlState);
      await pause(waitMs, signal);
    }
  }
}

async function pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    const during = 'waiting to try again';
    throw new SquizzleError(
      'CANCELLED',
      `stopped while ${during}; nothing of the last try was kept`,
      { during },
      { cause },
    );
  }
}
