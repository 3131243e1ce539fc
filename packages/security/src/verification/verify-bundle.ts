/**
 * One bundle, verified against one signer whom one trusts. It returns who signed and what, or throws; it never says no.
 *
 * @module
 */
import type { EvidenceOptions } from './evidence-options.ts';
import { matchSigner } from './match-signer.ts';
import type { TrustedSigner } from './trusted-signer.ts';
import type { SubjectDigest, VerifiedBundle } from './verified-bundle.ts';
import { verifyEvidence } from './verify-evidence.ts';

export type VerifyBundleOptions = Omit<EvidenceOptions, 'key'>;

/**
 * Verifies offline: nothing is fetched, and the artifact is known by its digest.
 *
 * @param json the bundle, of version 0.1 to 0.3.
 * @param subject what it must be about.
 * @throws {SquizzleError} the code names the part that is at fault: `BUNDLE_TOO_LARGE`, `BUNDLE_INVALID`,
 *   `SIGNER_UNKNOWN`, `CERTIFICATE_INVALID`, `ARTIFACT_MISMATCH`, `SIGNATURE_INVALID`, `LOG_ENTRY_INVALID`,
 *   `TIMESTAMP_INVALID`, `EVIDENCE_MISSING`, `KEY_EXPIRED`, `STATEMENT_INVALID`.
 * @throws {RangeError} for an invalid `now` or period, and for thresholds and limits that are no whole numbers.
 */
export function verifyBundle(
  json: string,
  subject: SubjectDigest,
  trusted: TrustedSigner,
  options: VerifyBundleOptions,
): VerifiedBundle {
  const evidence = verifyEvidence(json, subject, { ...options, key: trusted.kind === 'key' ? trusted : null });
  matchSigner(evidence, trusted);
  return evidence;
}
