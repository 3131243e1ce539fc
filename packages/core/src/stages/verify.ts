/**
 * Stage 5: who vouches for an artifact. Only {@link verifyArtifact} makes a `VerifiedArtifact`, so SQL that nobody
 * vouched for cannot be planned: it does not compile.
 *
 * @module
 */
import type { Verification, VerificationContext, Verifier } from '../contracts/verifier.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { PulledArtifact, VerifiedArtifact } from '../model/artifact.ts';

/** Doing without signatures must be said by name, with a reason that is recorded with every release applied under it. */
export interface UnsignedPolicy {
  readonly unsigned: { readonly allowed: true; readonly reason: string } | { readonly allowed: false };
}

/** What an environment demands: signatures that a verifier finds and checks, or none, and why. */
export type TrustPolicy = UnsignedPolicy | { readonly verifier: Verifier };

export type VerifyOptions = VerificationContext;

/**
 * @param policy `undefined` when the environment says nothing: that is a refusal, never a permission.
 * @throws {SquizzleError} `POLICY_MISSING`; `SIGNATURE_MISSING`; what the policy's verifier throws.
 */
export async function verifyArtifact(
  pulled: PulledArtifact,
  policy: TrustPolicy | undefined,
  options: VerifyOptions = {},
): Promise<VerifiedArtifact> {
  const { digest } = pulled.root;
  if (policy === undefined) {
    const message = `nothing says whether ${digest} may be trusted: give the environment a trust policy ('trust:' in squizzle.yaml)`;
    throw new SquizzleError('POLICY_MISSING', message, { environment: null });
  }
  const verification =
    'verifier' in policy ? await policy.verifier.verify(pulled, options) : withoutSignature(digest, policy);
  return { ...pulled, ...verification } as VerifiedArtifact;
}

function withoutSignature(digest: string, { unsigned }: UnsignedPolicy): Verification {
  if (!unsigned.allowed) {
    const message = `the policy asks for a signature and ${digest} has none that could be checked`;
    throw new SquizzleError('SIGNATURE_MISSING', message, { digest });
  }
  const reason = unsigned.reason.trim();
  if (reason === '') {
    const message = "the policy allows unsigned releases without a reason: write why, under 'unsigned.reason'";
    throw new SquizzleError('POLICY_MISSING', message, { environment: null });
  }
  return { signer: null, unsignedReason: reason, policyDigest: null, attestations: [] };
}
