/**
 * Signatures and attestations as a store has them, not yet verified.
 *
 * @module
 */
import type { SubjectDigest } from '../verification/verified-bundle.ts';

/** One that was found for an artifact. */
export interface FoundBundle {
  /** What names it, for people: `referrer sha256:…`, `tag sha256-….sig, layer 2`. */
  readonly source: string;
  /** The bundle's JSON, at most as large as the limit says. Older signatures of cosign are written as one. */
  readonly json: string;
  /** What the bundle is about: the artifact, or for cosign's older signatures the payload that names the artifact. */
  readonly subject: SubjectDigest;
  /** Cosign's older signatures: the payload named the artifact, and this was checked; bundles are `null`. */
  readonly cosignPayload: { readonly dockerReference: string | null } | null;
}

/** One that counts for nothing before anybody looks into it: too large, unreadable, beyond the limit. */
export interface PassedOver {
  readonly source: string;
  readonly code: 'BUNDLE_TOO_LARGE' | 'BUNDLE_INVALID' | 'ARTIFACT_MISMATCH';
  readonly reason: string;
  /** It stands for what was not looked at, because there was more than `limits.referrers`. */
  readonly beyondLimit?: true;
}

export interface FoundBundles {
  readonly bundles: readonly FoundBundle[];
  readonly passedOver: readonly PassedOver[];
}
