/**
 * Stage 5: who vouches for an artifact. Only {@link verifyArtifact} makes a `VerifiedArtifact`, so SQL that nobody
 * vouched for cannot be planned: it does not compile.
 *
 * @module
 */
import { SquizzleError } from '../errors/squizzle-error.ts';
import type { PulledArtifact, VerifiedArtifact } from '../model/artifact.ts';

/**
 * What an environment demands. Doing without signatures must be said by name, with a reason that is recorded
 * with every release applied under it.
 */
export interface TrustPolicy {
  readonly unsigned: { readonly allowed: true; readonly reason: string } | { readonly allowed: false };
}

/**
 * @param policy `undefined` when the environment says nothing: that is a refusal, never a permission.
 * @throws {SquizzleError} `POLICY_MISSING`; `SIGNATURE_MISSING`.
 */
export async function verifyArtifact(
  pulled: PulledArtifact,
  policy: TrustPolicy | undefined,
): Promise<VerifiedArtifact> {
  const { digest } = pulled.root;
  if (policy === undefined) {
    const message = `nothing says whether ${digest} may be trusted: give the environment a trust policy ('trust:' in squizzle.yaml)`;
    throw new SquizzleError('POLICY_MISSING', message, { environment: null });
  }
  if (!policy.unsigned.allowed) {
    const message = `the policy asks for a signature and ${digest} has none that could be checked`;
    throw new SquizzleError('SIGNATURE_MISSING', message, { digest });
  }
  const reason = policy.unsigned.reason.trim();
  if (reason === '') {
    const message = "the policy allows unsigned releases without a reason: write why, under 'unsigned.reason'";
    throw new SquizzleError('POLICY_MISSING', message, { environment: null });
  }
  return { ...pulled, signer: null, unsignedReason: reason } as VerifiedArtifact;
}
