/**
 * A decision for people: what was asked, what was found, what came of it.
 *
 * @module
 */
import type { BundleVerdict, Decision } from './decision.ts';
import { showForeign } from './foreign-text.ts';

/** A line each, without line breaks inside. */
export function explainDecision(decision: Decision): readonly string[] {
  const { environment, rule, digest, policyDigest, bundles, requirements, denial } = decision;
  const where = rule === null ? 'no rule is for it' : `rule ${rule.index + 1} (${rule.environments.join(', ')})`;
  return [
    `artifact ${digest}`,
    `environment ${environment}: ${where}`,
    `policy ${policyDigest}`,
    ...bundles.map(explainBundle),
    ...requirements.map(({ what, met, reason }) => `${met ? 'met' : 'not met'}: ${what}: ${reason}`),
    denial === null ? 'allowed' : `denied, ${denial.code}: ${denial.message}`,
  ];
}

function explainBundle({ source, verdict, signer, principals, predicateType, code, reason }: BundleVerdict): string {
  if (verdict === 'refused') return `refused: ${source}: ${code ?? ''}: ${reason}`;
  const kind = predicateType === null ? 'signature' : showForeign(predicateType);
  const who = `${principals.join(' or ')}${signer === null ? '' : `, ${signer}`}`;
  return `${verdict}: ${source}: ${kind} by ${who}: ${reason}`;
}
