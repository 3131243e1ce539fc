/**
 * Lets others have their turn. What computes for milliseconds, again and again, would hold up everything else in the
 * process, and nobody could stop it.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import type { CallOptions } from '@squizzle/core';

/** @throws the signal's reason when it was aborted meanwhile. */
export async function othersTurn({ signal }: CallOptions): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
