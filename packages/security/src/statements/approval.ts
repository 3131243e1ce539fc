/**
 * What a person decided about a release for one environment.
 *
 * A rejection stands until it expires, or until the same party approves later: see `evaluatePolicy`.
 *
 * @module
 */
import { requireText, requireTime } from './predicate-input.ts';
import type { Predicate } from './statement.ts';

export type ApprovalInput = {
  readonly environment: string;
  readonly reason: string;
  /**
   * RFC 3339, now. Tells the order of one party's decisions in its own, signed words: a trusted time proves only that a
   * signature was there by then, and with a key anybody can have an old one witnessed anew.
   */
  readonly decidedAt: string;
} & (
  | {
      readonly decision: 'approve';
      /** RFC 3339: from then on the decision counts for nothing. */
      readonly expires: string;
    }
  | {
      readonly decision: 'reject';
      /** Left out: it stands until the same party approves. */
      readonly expires?: string;
    }
);

/** @throws {RangeError} for an empty text, what is no time, or a decision that expires before it was made. */
export function approval({ environment, decision, reason, expires, decidedAt }: ApprovalInput): Predicate {
  const until = expires === undefined ? null : requireTime('expires', expires);
  const made = requireTime('decidedAt', decidedAt);
  if (until !== null && Date.parse(until) <= Date.parse(made)) {
    throw new RangeError(`a decision of ${made} must expire after it was made, not at ${until}`);
  }
  return {
    environment: requireText('environment', environment),
    decision,
    reason: requireText('reason', reason),
    ...(until === null ? {} : { expires: until }),
    decidedAt: made,
  };
}
