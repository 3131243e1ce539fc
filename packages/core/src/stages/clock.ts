/**
 * Time as the stages see it. Tests pass their own.
 *
 * @module
 */

export interface Clock {
  /** Wall time, for the ledger. */
  readonly date: () => Date;
  /** Milliseconds since an arbitrary start, never going back. */
  readonly now: () => number;
}

export const SYSTEM_CLOCK: Clock = { date: () => new Date(), now: () => performance.now() };
