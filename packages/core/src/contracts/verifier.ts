/**
 * Whoever decides, for one environment, whether an artifact may be used: a trust policy with what it trusts.
 *
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';
import type { Identity, PulledArtifact } from '../model/artifact.ts';
import type { History } from '../model/history.ts';
import type { CallOptions } from './call-options.ts';

export interface VerificationContext extends CallOptions {
  /** Of the database that the artifact is meant for; left out where there is none. Needed to notice a replayed release. */
  readonly history?: History | undefined;
}

/** What was established. There is no verification that failed: that is thrown. */
export interface Verification {
  /** `null` where the policy allows unsigned releases here: then `unsignedReason` says why. */
  readonly signer: Identity | null;
  readonly unsignedReason: string | null;
  readonly policyDigest: Digest | null;
  readonly attestations: readonly string[];
}

export interface Verifier {
  /**
   * Looks for signatures and attestations in the artifact's store and says who vouches for it.
   *
   * @throws {SquizzleError} `SIGNATURE_MISSING`, `SIGNATURE_REFUSED`, `ATTESTATION_MISSING`, `ATTESTATION_EXPIRED`,
   *   `ATTESTATION_REFUSED`, `RELEASE_REPLAYED`, `POLICY_DENIED`, `POLICY_EXPIRED`, `TRUST_ROOT_INVALID`; what reading
   *   the store throws.
   */
  verify(artifact: PulledArtifact, context?: VerificationContext): Promise<Verification>;
}
