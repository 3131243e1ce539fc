/**
 * The verifier that core asks: a trust policy for one environment, over what the artifact's store has.
 *
 * Whatever can be decided without the store is decided first. No option and no variable switches anything off.
 *
 * @module
 */
import {
  appliedReleases,
  artifactDigestOf,
  SquizzleError,
  type History,
  type PulledArtifact,
  type Verification,
  type VerificationContext,
  type Verifier,
} from '@squizzle/core';
import { discoverBundles } from '../attachments/discover-bundles.ts';
import type { Decision, DenialCode } from './decision.ts';
import { evaluatePolicy, findExpiry, findRule } from './evaluate-policy.ts';
import { explainDecision } from './explain-decision.ts';
import { judgeBundle } from './judge-bundle.ts';
import type { ArtifactFacts, PolicyInput, ReleaseFacts } from './policy-input.ts';
import type { TrustPolicyDocument } from './trust-policy.ts';

export interface PolicyVerifierOptions {
  readonly policy: TrustPolicyDocument;
  readonly environment: string;
  readonly now: () => Date;
  /** Told of every decision, allowed or denied, before `verify` returns or throws: for `verify --explain`. */
  readonly onDecision?: (decision: Decision) => void;
}

export function createPolicyVerifier({ policy, environment, now, onDecision }: PolicyVerifierOptions): Verifier {
  return {
    async verify(artifact, context = {}) {
      const moment = now();
      const found = needsBundles(policy, environment, moment)
        ? await findBundles(artifact, policy, moment, context)
        : { bundles: [], refused: [] };
      const facts = { artifact: factsOf(artifact), applied: appliedOf(context.history) };
      const decision = evaluatePolicy({ policy, environment, now: moment, ...facts, ...found });
      onDecision?.(decision);
      return toVerification(decision, policy);
    },
  };
}

function needsBundles(policy: TrustPolicyDocument, environment: string, now: Date): boolean {
  return findExpiry(policy, now) === undefined && findRule(policy, environment)?.rule.demand.kind === 'signed';
}

async function findBundles(
  { root, store }: PulledArtifact,
  policy: TrustPolicyDocument,
  now: Date,
  { signal }: VerificationContext,
): Promise<Pick<PolicyInput, 'bundles' | 'refused'>> {
  const { bundles, passedOver } = await discoverBundles(root, store, policy.limits, { signal });
  const judgements = bundles.map((bundle) => {
    // Each takes milliseconds of computing; between two of them the caller may stop.
    signal?.throwIfAborted();
    return judgeBundle(bundle, policy, now);
  });
  return {
    bundles: judgements.flatMap((each) => (each.kind === 'judged' ? each.bundles : [])),
    refused: [...passedOver, ...judgements.flatMap((each) => (each.kind === 'refused' ? [each.bundle] : []))],
  };
}

function factsOf(artifact: PulledArtifact): ArtifactFacts {
  const { root, manifest, releases } = artifact;
  const chain = releases.map(({ version }) => ({
    version,
    digest: artifactDigestOf(artifact, version) ?? root.digest,
  }));
  return { version: manifest.version, digest: root.digest, chain };
}

function appliedOf(history: History | undefined): readonly ReleaseFacts[] | null {
  if (history === undefined) return null;
  return appliedReleases(history).map(({ version, artifactDigest }) => ({ version, digest: artifactDigest }));
}

/** @throws {SquizzleError} the denial. */
function toVerification(decision: Decision, { file, expires }: TrustPolicyDocument): Verification {
  const { denial, unsignedReason, signers, policyDigest, attestations } = decision;
  if (denial === null) {
    return { signer: unsignedReason === null ? signers : null, unsignedReason, policyDigest, attestations };
  }
  const { code, message } = denial;
  if (code === 'POLICY_EXPIRED') {
    throw new SquizzleError(code, message, { file, expires: expires?.toISOString() ?? '' });
  }
  throw denied(code, message, decision);
}

function denied(code: Exclude<DenialCode, 'POLICY_EXPIRED'>, message: string, decision: Decision): SquizzleError {
  const { digest, environment } = decision;
  return new SquizzleError(code, message, { digest, environment, explanation: explainDecision(decision) });
}
