/**
 * Who vouches for a release, in words.
 *
 * @module
 */
import type { Identity, VerifiedArtifact } from '@squizzle/core';

/** `ci: https://github.com/acme/db/… (https://token…); hsm: key sha256:0f3c…`: the policy's names, and who that is. */
export function describeIdentity(identity: Identity): string {
  return Object.entries(identity)
    .map(([name, who]) => `${name}: ${who}`)
    .join('; ');
}

export function describeTrust({ signer, unsignedReason }: Pick<VerifiedArtifact, 'signer' | 'unsignedReason'>): string {
  return signer === null
    ? `unsigned releases are allowed: ${unsignedReason ?? ''}`
    : `signed by ${describeIdentity(signer)}`;
}
