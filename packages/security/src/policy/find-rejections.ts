/**
 * Approvals that say no.
 *
 * A rejection by a principal that the rule names stands until it expires, or until the same principal approves later. It
 * stops a mistake, not whoever can hide it: a store that withholds the rejection looks like one that never had it.
 *
 * @module
 */
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { parseTime } from '../statements/time.ts';
import { findExpiryFault } from './judge-attestation.ts';
import type { JudgedBundle } from './policy-input.ts';
import { valueAt } from './where-value.ts';

/** @param named principals of the rule. */
export function findRejections(
  bundles: readonly JudgedBundle[],
  named: ReadonlySet<string>,
  environment: string,
  now: Date,
): readonly JudgedBundle[] {
  const decisions = bundles.filter(
    ({ principals, verified: { statement } }) =>
      statement?.predicateType === PREDICATE_TYPES.approval &&
      statement.predicate['environment'] === environment &&
      principals.some((name) => named.has(name)),
  );
  const approvals = decisions.filter((bundle) => decisionOf(bundle) === 'approve' && isInForce(bundle, now));
  return decisions.filter(
    (bundle) =>
      decisionOf(bundle) === 'reject' &&
      !isOver(bundle, now) &&
      !approvals.some((approval) => isLater(approval, bundle, named)),
  );
}

function decisionOf({ verified }: JudgedBundle): unknown {
  return valueAt(verified.statement?.predicate, 'decision');
}

/** One that does not say until when never is. */
function isOver({ verified }: JudgedBundle, now: Date): boolean {
  return findExpiryFault(verified.statement?.predicate, now)?.kind === 'expired';
}

function isInForce({ verified }: JudgedBundle, now: Date): boolean {
  const { predicate } = verified.statement ?? {};
  return valueAt(predicate, 'expires') === undefined || findExpiryFault(predicate, now) === undefined;
}

/**
 * By the party's own, signed word where the rejection has one: with a key, an old approval can be given a new trusted time
 * by anybody. By trusted times else; where both have one, it must not contradict.
 */
function isLater(approval: JudgedBundle, rejection: JudgedBundle, named: ReadonlySet<string>): boolean {
  if (!approval.principals.some((name) => named.has(name) && rejection.principals.includes(name))) return false;
  const byTrust = comesAfter(approval.verified.times[0], rejection.verified.times[0]);
  const rejected = statedTime(rejection);
  if (rejected === undefined) return byTrust === true;
  return comesAfter(statedTime(approval), rejected) === true && byTrust !== false;
}

/** `undefined` where one of them is not known. */
function comesAfter(later: Date | undefined, earlier: Date | undefined): boolean | undefined {
  return later === undefined || earlier === undefined ? undefined : later > earlier;
}

function statedTime({ verified }: JudgedBundle): Date | undefined {
  const stated = valueAt(verified.statement?.predicate, 'decidedAt');
  return typeof stated === 'string' ? parseTime(stated) : undefined;
}
