/**
 * What somebody should know of a plan that may run: that things are no longer as they were at the last apply, which nobody
 * should have to find out afterwards.
 *
 * @module
 */
import { currentRelease, type History, type VerifiedArtifact } from '@squizzle/core';
import { policyDigestOf } from './apply-receipt.ts';

/** As `warnings` of `plan`, `apply` and `rollback` have it. */
export type PlanWarning =
  | {
      readonly type: 'policy-changed';
      /** The policy when the current release was applied. */
      readonly recorded: string;
      /** The policy now; `null`: the environment does without one. */
      readonly found: string | null;
    }
  | {
      readonly type: 'environment-changed';
      /** The environment as which the database was last changed: its rule decided then. */
      readonly recorded: string;
      readonly found: string;
    };

export function findPlanWarnings(
  { policyDigest }: VerifiedArtifact,
  history: History,
  environment: string,
): readonly PlanWarning[] {
  const warnings: PlanWarning[] = [];
  const current = currentRelease(history);
  const allowedBy = current === null ? null : policyDigestOf(current);
  if (allowedBy !== null && allowedBy !== policyDigest) {
    warnings.push({ type: 'policy-changed', recorded: allowedBy, found: policyDigest });
  }
  const last = history.events.at(-1);
  if (last !== undefined && last.environment !== environment) {
    warnings.push({ type: 'environment-changed', recorded: last.environment, found: environment });
  }
  return warnings;
}

export function planWarningLine({ type, recorded, found }: PlanWarning): string {
  if (type === 'environment-changed') {
    return `this database was last changed as environment '${recorded}', and it is '${found}' now: see that this is the database that is meant`;
  }
  const now = found === null ? 'there is none now' : `it is ${found} now`;
  return `the trust policy changed since the last apply: it was ${recorded}, ${now}`;
}
