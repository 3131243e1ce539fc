/**
 * Ends waiting when a signal says so, as `CANCELLED`.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';

/** @param cause what the stop came as: the server's answer to a cancel request, or a connection that broke. */
export function cancelled(during: string, cause?: unknown): SquizzleError<'CANCELLED'> {
  const options = cause === undefined ? {} : { cause };
  return new SquizzleError('CANCELLED', `stopped on request while ${during}`, { during }, options);
}

export function refuseAborted(signal: AbortSignal | undefined, during: string): void {
  if (signal?.aborted === true) throw cancelled(during);
}

/** Settles as `pending` does, or rejects with `CANCELLED` as soon as the signal is aborted. `pending` goes on. */
export async function raceAbort<T>(pending: Promise<T>, signal: AbortSignal | undefined, during: string): Promise<T> {
  if (signal === undefined) return pending;
  pending.catch(() => undefined);
  refuseAborted(signal, during);
  return new Promise<T>((done, fail) => {
    const onAbort = (): void => fail(cancelled(during));
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = async (): Promise<void> => {
      try {
        done(await pending);
      } catch (error) {
        fail(error);
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    };
    void settle();
  });
}

/** Waits; aborting ends it at once with `CANCELLED`. */
export async function pause(ms: number, signal: AbortSignal | undefined, during: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  try {
    await raceAbort(elapsed, signal, during);
  } finally {
    clearTimeout(timer);
  }
}
