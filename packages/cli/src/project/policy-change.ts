/**
 * Whether the trust policy is another than the one that allowed what the database has: nobody should have to find out
 * afterwards that it was loosened.
 *
 * @module
 */
import { currentRelease, type History, type VerifiedArtifact } from '@squizzle/core';
import { policyDigestOf } from './apply-receipt.ts';

/** As `warnings` of `apply` and `rollback` have it. */
export interface PolicyChange {
  readonly type: 'policy-changed';
  /** The policy when the current release was applied. */
  readonly recorded: string;
  /** The policy now; `null`: the environment does without one. */
  readonly found: string | null;
}

export function findPolicyChange({ policyDigest }: VerifiedArtifact, history: History): PolicyChange | null {
  const current = currentRelease(history);
  const recorded = current === null ? null : policyDigestOf(current);
  if (recorded === null || recorded === policyDigest) return null;
  return { type: 'policy-changed', recorded, found: policyDigest };
}

export function policyChangeLine({ recorded, found }: PolicyChange): string {
  const now = found === null ? 'there is none now' : `it is ${found} now`;
  return `the trust policy changed since the last apply: it was ${recorded}, ${now}`;
}
