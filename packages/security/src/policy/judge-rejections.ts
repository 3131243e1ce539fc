/**
 * What says no, or may say it where nobody looked.
 *
 * A rule that asks for approvals is one of people who may also reject. Whoever may push can attach so much that a
 * rejection lies beyond the limit; what lies there is not known, so it denies.
 *
 * @module
 */
import { PREDICATE_TYPES } from '../statements/statement.ts';
import type { RequirementVerdict } from './decision.ts';
import { findRejections } from './find-rejections.ts';
import { showForeign, showValue } from './foreign-text.ts';
import type { PolicyInput } from './policy-input.ts';
import type { RuleDemand } from './trust-policy.ts';

const WHAT = 'no rejection';

export function judgeRejections(
  { bundles, refused, environment, now }: PolicyInput,
  { signature, attestations }: Extract<RuleDemand, { kind: 'signed' }>,
): readonly RequirementVerdict[] {
  const named = new Set([...signature.anyOf, ...attestations.flatMap(({ by }) => by)]);
  const rejected = findRejections(bundles, named, environment, now).map(
    ({ source, principals, verified }) =>
      `${principals.join(' or ')} rejected it for ${environment} (${showForeign(source)}), giving as reason ${showValue(verified.statement?.predicate['reason'])}`,
  );
  const asksForApproval = attestations.some(({ type }) => type === PREDICATE_TYPES.approval);
  const hidden = refused.flatMap(({ source, beyondLimit }) =>
    asksForApproval && beyondLimit === true
      ? [
          `a rejection may be hidden in ${showForeign(source)}, of which not all was looked at: delete there what nobody needs, or raise limits.referrers`,
        ]
      : [],
  );
  return [...rejected, ...hidden].map((reason) => ({ what: WHAT, met: false, reason }));
}
