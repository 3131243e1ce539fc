/**
 * What a row of the table of faults says, and the words that many of them share.
 *
 * @module
 */
import type { ErrorCode } from '@squizzle/core';

export interface Fault {
  /** What is done to the run. */
  readonly fault: string;
  /** What SQUIZZLE does about it. */
  readonly response: string;
  readonly exitCode: number;
  /** `null`: the run ends well. */
  readonly code: ErrorCode | null;
  /** What ledger and catalog say right after it. */
  readonly state: string;
  /** What the next run does. */
  readonly next: string;
  /** In `e2e/faults`. */
  readonly test: string;
}

/** The next run. */
export const FINISHES = 'finishes';
/** States. */
export const NOTHING = 'nothing of the release is kept, and the ledger says so';
export const SEGMENTS = 'finished segments are kept and journaled, no more';
export const UNTOUCHED = 'as before: nothing ran';
