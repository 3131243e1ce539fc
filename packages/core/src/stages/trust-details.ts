/**
 * What the ledger keeps of a verification, beside the signers: the policy that decided, and what else it had asked for.
 *
 * @module
 */
import type { VerifiedArtifact } from '../model/artifact.ts';
import type { LedgerDetails } from '../model/ledger-event.ts';

export function trustDetails({ unsignedReason, policyDigest, attestations }: VerifiedArtifact): LedgerDetails {
  return {
    ...(unsignedReason === null ? {} : { unsignedReason }),
    ...(policyDigest === null ? {} : { policyDigest }),
    ...(attestations.length === 0 ? {} : { attestations }),
  };
}
