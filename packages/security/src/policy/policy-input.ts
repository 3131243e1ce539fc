/**
 * What a policy is asked about: an artifact, what vouches for it, and what the database has.
 *
 * @module
 */
import type { Version } from '@squizzle/core';
import type { Digest } from '@squizzle/oci-spec';
import type { VerifiedBundle } from '../verification/verified-bundle.ts';
import type { TrustPolicyDocument } from './trust-policy.ts';

export interface ReleaseFacts {
  readonly version: Version;
  /** Of the artifact that the release was first published as. */
  readonly digest: Digest;
}

export interface ArtifactFacts extends ReleaseFacts {
  /** The releases that the artifact holds, oldest first, its own among them. */
  readonly chain: readonly ReleaseFacts[];
}

/** A bundle that was verified, and the names that the policy has for its signer. */
export interface JudgedBundle {
  readonly source: string;
  /** At least one. */
  readonly principals: readonly string[];
  readonly verified: VerifiedBundle;
}

/** A bundle that counts for nothing, and why. */
export interface RefusedBundle {
  readonly source: string;
  readonly code: string;
  readonly reason: string;
  /** It stands for what was not looked at, because there was more than `limits.referrers`. */
  readonly beyondLimit?: true;
}

export interface PolicyInput {
  readonly policy: TrustPolicyDocument;
  readonly environment: string;
  readonly artifact: ArtifactFacts;
  readonly bundles: readonly JudgedBundle[];
  readonly refused: readonly RefusedBundle[];
  /** Releases that the database has, oldest first; `null`: there is no database at hand. */
  readonly applied: readonly ReleaseFacts[] | null;
  readonly now: Date;
}
