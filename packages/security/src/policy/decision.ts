/**
 * What a policy decided about one artifact for one environment, with everything it looked at.
 *
 * @module
 */
import type { ErrorCode, Identity } from '@squizzle/core';
import type { Digest } from '@squizzle/oci-spec';

export type DenialCode = Extract<
  ErrorCode,
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_REFUSED'
  | 'ATTESTATION_MISSING'
  | 'ATTESTATION_EXPIRED'
  | 'ATTESTATION_REFUSED'
  | 'RELEASE_REPLAYED'
  | 'POLICY_DENIED'
  | 'POLICY_EXPIRED'
>;

/** `counted`: something that is asked for rests on it. `unused`: it is sound, and nothing does. `refused`: it is nothing. */
export interface BundleVerdict {
  /** What names it, for people: `referrer sha256:…`. */
  readonly source: string;
  readonly verdict: 'counted' | 'unused' | 'refused';
  /** Who signed, as the certificate or key says; `null` where that is not established. */
  readonly signer: string | null;
  /** Names that the policy has for the signer. */
  readonly principals: readonly string[];
  /** `null`: a signature over bytes, or not established. */
  readonly predicateType: string | null;
  /** Of one that is refused: what `verifyBundle` threw. */
  readonly code: string | null;
  readonly reason: string;
}

export interface RequirementVerdict {
  /** `a signature of 1 of ci, hsm`. */
  readonly what: string;
  readonly met: boolean;
  /** What it was met by, or why it was not. */
  readonly reason: string;
}

export interface Denial {
  readonly code: DenialCode;
  /** One sentence, for people. */
  readonly message: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly digest: Digest;
  readonly environment: string;
  /** The first rule that is for the environment, from 0; `null`: there is none. */
  readonly rule: { readonly index: number; readonly environments: readonly string[] } | null;
  readonly bundles: readonly BundleVerdict[];
  /** In the order of the rule. */
  readonly requirements: readonly RequirementVerdict[];
  /** Who signed, of those that the rule asks for; empty where it allows unsigned releases. */
  readonly signers: Identity;
  /** Attestations that the rule asks for and that were found: `<predicate type> by <principal>`. */
  readonly attestations: readonly string[];
  /** Why the rule allows unsigned releases; `null` where it does not. */
  readonly unsignedReason: string | null;
  readonly denial: Denial | null;
  readonly policyDigest: Digest;
}
