/**
 * Asking again where that may help: no answer, too many requests, a service that failed. Waits a little longer each time.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isSquizzleError } from '@squizzle/core';
import { exchange, type ExchangeOptions, type ServiceAnswer, type ServiceRequest } from './exchange.ts';

export interface RetryOptions extends ExchangeOptions {
  /** How often it is asked again. Default 2. */
  readonly retries?: number | undefined;
  /** Before it is asked again; doubled each time. Default 200 ms. */
  readonly firstWaitMs?: number | undefined;
}

const RETRIES = 2;
const FIRST_WAIT_MS = 200;

/**
 * For requests that do no harm when they are made twice.
 *
 * @throws {SquizzleError} as `exchange`, of the last attempt.
 */
export async function exchangeWithRetries(request: ServiceRequest, options: RetryOptions = {}): Promise<ServiceAnswer> {
  const { retries = RETRIES, firstWaitMs = FIRST_WAIT_MS, signal } = options;
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt >= retries;
    try {
      const answer = await exchange(request, options);
      if (last || !isPassing(answer.status)) return answer;
    } catch (thrown) {
      if (last || !isSquizzleError(thrown, 'SIGNING_FAILED') || thrown.details.status !== null) throw thrown;
    }
    await pause(firstWaitMs * 2 ** attempt, signal);
  }
}

function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** @throws the signal's reason when aborted. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown;
  }
}
