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
  type CallOptions,
  type History,
  type PulledArtifact,
  type Verification,
  type Verifier,
} from '@squizzle/core';
import type { SignatureStore } from '../attachments/discover-bundles.ts';
import type { Decision, DenialCode } from './decision.ts';
import { evaluatePolicy, findExpiry, findRule } from './evaluate-policy.ts';
import { explainDecision } from './explain-decision.ts';
import { createEvidenceSearch, type Evidence } from './find-evidence.ts';
import type { ArtifactFacts, ReleaseFacts } from './policy-input.ts';
import type { RuleDemand, TrustPolicyDocument } from './trust-policy.ts';

export interface PolicyVerifierOptions {
  readonly policy: TrustPolicyDocument;
  readonly environment: string;
  readonly now: () => Date;
  /** Told of every decision, allowed or denied, before `verify` returns or throws: for `verify --explain`. */
  readonly onDecision?: (decision: Decision) => void;
  /**
   * Other stores that have the artifact: what is attached there is judged together with what its own store has. Asked for
   * where the rule wants attestations, as somebody may have approved or rejected it there, and where signatures are
   * missing. What it throws is thrown: a store that cannot be reached is no proof that nobody said no.
   */
  readonly alsoLookIn?: (artifact: PulledArtifact, options: CallOptions) => Promise<readonly SignatureStore[]>;
}

export function createPolicyVerifier(options: PolicyVerifierOptions): Verifier {
  const { policy, environment, now, onDecision } = options;
  return {
    async verify(artifact, context = {}) {
      const moment = now();
      const facts = { artifact: factsOf(artifact), applied: appliedOf(context.history) };
      const decide = (found: Evidence): Decision =>
        evaluatePolicy({ policy, environment, now: moment, ...facts, ...found });
      const demand = findDemand(policy, environment, moment);
      const decision =
        demand === undefined
          ? decide({ bundles: [], refused: [] })
          : await decideByEvidence(decide, { ...options, artifact, demand, moment, signal: context.signal });
      onDecision?.(decision);
      return toVerification(decision, policy);
    },
  };
}

type SignedDemand = Extract<RuleDemand, { kind: 'signed' }>;

/** `undefined`: whatever is attached, it changes nothing. */
function findDemand(policy: TrustPolicyDocument, environment: string, now: Date): SignedDemand | undefined {
  if (findExpiry(policy, now) !== undefined) return undefined;
  const demand = findRule(policy, environment)?.rule.demand;
  return demand?.kind === 'signed' ? demand : undefined;
}

interface Search extends PolicyVerifierOptions, CallOptions {
  readonly artifact: PulledArtifact;
  readonly demand: SignedDemand;
  readonly moment: Date;
}

async function decideByEvidence(
  decide: (found: Evidence) => Decision,
  { artifact, policy, demand, moment, alsoLookIn, signal }: Search,
): Promise<Decision> {
  const { evidence, look } = createEvidenceSearch(artifact.root, policy, moment, { signal });
  await look(artifact.store, null);
  const decision = decide(evidence);
  if (alsoLookIn === undefined || !mayChangeElsewhere(decision, demand)) return decision;
  const others = await alsoLookIn(artifact, { signal });
  for (const store of others) await look(store, store.description);
  return decide(evidence);
}

function mayChangeElsewhere({ denial }: Decision, { attestations }: SignedDemand): boolean {
  return attestations.length > 0 || denial?.code === 'SIGNATURE_MISSING' || denial?.code === 'SIGNATURE_REFUSED';
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
