/**
 * Waiting, unless the call is aborted.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';

/** Rejects with the signal's reason, as every call here does; the timer's own error would be another. */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    await wait(ms, undefined, { signal });
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown;
  }
}
