/**
 * The decision: what a policy says of an artifact, for one environment, at one moment. Pure, and nothing is asked of
 * anybody: everything it looks at was verified before.
 *
 * It allows only when every demand of the first rule for the environment is met. More bundles never make less of a
 * denial but by meeting a demand; see the tests.
 *
 * @module
 */
import type { BundleVerdict, Decision, Denial } from './decision.ts';
import { showForeign } from './foreign-text.ts';
import { matchesGlob, parseGlob } from './glob.ts';
import { judgeRejections } from './judge-rejections.ts';
import { judgeRelease } from './judge-release.ts';
import { judgeAttestation, judgeSignature, type Judgement } from './judge-requirements.ts';
import type { JudgedBundle, PolicyInput } from './policy-input.ts';
import { describeSigner } from './signer-text.ts';
import type { PolicyRule, RuleDemand, TrustPolicyDocument } from './trust-policy.ts';

export function evaluatePolicy(input: PolicyInput): Decision {
  const { policy, environment, now } = input;
  const expired = findExpiry(policy, now);
  if (expired !== undefined) return deny(input, null, expired);
  const found = findRule(policy, environment);
  if (found === null) {
    return deny(input, null, {
      code: 'POLICY_DENIED',
      message: `no rule of ${policy.file} is for the environment '${environment}', and what is not allowed is denied`,
    });
  }
  const { rule, index } = found;
  const place = { index, environments: rule.environments };
  if (rule.demand.kind === 'unsigned') return allowUnsigned(input, place, rule.demand.reason);
  return judgeSigned(input, place, rule.demand);
}

/** Why the policy may not be used any more. */
export function findExpiry({ file, expires }: TrustPolicyDocument, now: Date): Denial | undefined {
  if (expires === null || expires > now) return undefined;
  const message = `the trust policy ${file} expired ${expires.toISOString()}: have it looked at and give it a new date`;
  return { code: 'POLICY_EXPIRED', message };
}

export function findRule(
  { rules }: TrustPolicyDocument,
  environment: string,
): { readonly rule: PolicyRule; readonly index: number } | null {
  for (const [index, rule] of rules.entries()) {
    if (rule.environments.some((each) => matchesGlob(parseGlob(each), environment))) return { rule, index };
  }
  return null;
}

type SignedDemand = Extract<RuleDemand, { kind: 'signed' }>;

function judgeSigned(input: PolicyInput, rule: Decision['rule'], demand: SignedDemand): Decision {
  const { environment, artifact, applied } = input;
  const signature = judgeSignature(demand.signature, input);
  const attestations = demand.attestations.map((each) => judgeAttestation(each, signature, input));
  const judgements = [signature, ...attestations];
  const rejections = judgeRejections(input, demand);
  const releases = judgeRelease(artifact, applied, demand.antiRollback);
  const unmet = [
    ...judgements.map(({ verdict, code }) => ({ verdict, code })),
    ...rejections.map((verdict) => ({ verdict, code: 'ATTESTATION_REFUSED' as const })),
    ...releases.map((verdict) => ({ verdict, code: 'RELEASE_REPLAYED' as const })),
  ].find(({ verdict }) => !verdict.met);
  const subject = `${artifact.version} (${artifact.digest})`;
  return {
    ...frame(input, rule),
    allowed: unmet === undefined,
    bundles: verdictsOf(input, judgements),
    requirements: [...judgements.map(({ verdict }) => verdict), ...rejections, ...releases],
    signers: signersOf(signature),
    attestations: demand.attestations.flatMap(({ type }, index) =>
      [...(attestations[index]?.counted.keys() ?? [])].map((name) => `${type} by ${name}`),
    ),
    denial:
      unmet === undefined
        ? null
        : {
            code: unmet.code,
            message: `${subject} is refused for ${environment}, which asks for ${unmet.verdict.what}: ${unmet.verdict.reason}`,
          },
  };
}

function allowUnsigned(input: PolicyInput, rule: Decision['rule'], reason: string): Decision {
  const requirement = { what: 'nothing: unsigned releases are allowed', met: true, reason };
  return { ...frame(input, rule), allowed: true, requirements: [requirement], unsignedReason: reason };
}

function deny(input: PolicyInput, rule: Decision['rule'], denial: Denial): Decision {
  return { ...frame(input, rule), denial };
}

/** A denial, of which whoever decides makes something else. */
function frame(input: PolicyInput, rule: Decision['rule']): Decision {
  const { policy, environment, artifact } = input;
  return {
    allowed: false,
    digest: artifact.digest,
    environment,
    rule,
    bundles: verdictsOf(input, []),
    requirements: [],
    signers: {},
    attestations: [],
    unsignedReason: null,
    denial: null,
    policyDigest: policy.digest,
  };
}

function signersOf({ counted }: Judgement): Decision['signers'] {
  return Object.fromEntries([...counted].map(([name, { bundle }]) => [name, describeSigner(bundle.verified.signer)]));
}

function verdictsOf({ bundles, refused }: PolicyInput, judgements: readonly Judgement[]): readonly BundleVerdict[] {
  return [
    ...bundles.map((bundle) => verdictOf(bundle, judgements)),
    ...refused.map(({ source, code, reason }) => ({
      source: showForeign(source),
      verdict: 'refused' as const,
      signer: null,
      principals: [],
      predicateType: null,
      code,
      reason: showForeign(reason),
    })),
  ];
}

function verdictOf(bundle: JudgedBundle, judgements: readonly Judgement[]): BundleVerdict {
  const considered = judgements.flatMap((judgement) => judgement.considered.filter((each) => each.bundle === bundle));
  const counting = considered.filter(({ counts }) => counts);
  const reasons = (counting.length > 0 ? counting : considered).map(({ reason }) => reason);
  return {
    source: showForeign(bundle.source),
    verdict: counting.length > 0 ? 'counted' : 'unused',
    signer: describeSigner(bundle.verified.signer),
    principals: bundle.principals,
    predicateType: bundle.verified.statement?.predicateType ?? null,
    code: null,
    reason: reasons.length === 0 ? 'the rule does not ask for it' : [...new Set(reasons)].join('; '),
  };
}
