/**
 * Approvals that say no.
 *
 * A rejection by a principal that the rule names stands until it expires, or until the same party approves later: the same
 * key or identity, as a name of the policy may be several. It stops a mistake, not whoever can hide it: a store that
 * withholds the rejection looks like one that never had it.
 *
 * @module
 */
import { PREDICATE_TYPES } from '../statements/statement.ts';
import { decidedAt, findDecidedAtFault } from './decided-at.ts';
import { findExpiryFault } from './judge-attestation.ts';
import type { JudgedBundle } from './policy-input.ts';
import { partyOf } from './signer-text.ts';
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
      !approvals.some((approval) => isLater(approval, bundle)),
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
  if (findDecidedAtFault(predicate, now) !== undefined) return false;
  return valueAt(predicate, 'expires') === undefined || findExpiryFault(predicate, now) === undefined;
}

/**
 * Of keys, by the party's own, signed word alone: anybody can have an old signature witnessed anew. Of identities, whose
 * certificates live minutes, by trusted times, which the word must not contradict where the rejection has one.
 */
function isLater(approval: JudgedBundle, rejection: JudgedBundle): boolean {
  const { signer } = rejection.verified;
  if (partyOf(approval.verified.signer) !== partyOf(signer)) return false;
  const rejected = decidedAt(rejection.verified.statement?.predicate);
  const byWord = comesAfter(decidedAt(approval.verified.statement?.predicate), rejected);
  if (signer.kind === 'key') return byWord === true;
  const byTrust = comesAfter(approval.verified.times[0], rejection.verified.times[0]);
  return rejected === undefined ? byTrust === true : byWord === true && byTrust !== false;
}

/** `undefined` where one of them is not known. */
function comesAfter(later: Date | undefined, earlier: Date | undefined): boolean | undefined {
  return later === undefined || earlier === undefined ? undefined : later > earlier;
}
