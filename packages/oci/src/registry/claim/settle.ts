/**
 * How long to wait, where nothing keeps writers apart, until all who saw the same as we did have written.
 *
 * @module
 */
import type { sleep } from '../../http/sleep.ts';

/** Others may be slower than we were, from their look to the arrival of their request. */
const SLOWER = 4;
const SHORTEST_MS = 500;
const LONGEST_MS = 10_000;

/** Waits; tests bring their own. */
export type Wait = typeof sleep;

/** @param lookToWriteMs how long we took from the look to the answer to what we wrote. */
export function settleTime(lookToWriteMs: number): number {
  return Math.min(Math.max(SLOWER * lookToWriteMs, SHORTEST_MS), LONGEST_MS);
}
