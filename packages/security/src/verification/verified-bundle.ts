/**
 * What a bundle proves once it was verified. There is no value for one that was not: that is thrown.
 *
 * @module
 */
import type { Statement } from '../statements/statement.ts';
import type { Claims } from './trusted-signer.ts';

/** Of the artifact: nothing else of it is needed. Lowercase hex. */
export interface SubjectDigest {
  readonly sha256: string;
  /** Compared too where the statement gives one. */
  readonly sha512?: string;
}

/** How many distinct proofs of each kind a signature must bring. */
export interface EvidenceThresholds {
  /** Distinct transparency logs. */
  readonly logEntries: number;
  /** Trusted times: timestamps of distinct authorities, and log entries that promise one. */
  readonly timestamps: number;
  /** Distinct certificate transparency logs; asked of certificates only. */
  readonly scts: number;
}

export type SignerEvidence =
  | { readonly kind: 'keyless'; readonly issuer: string; readonly san: string; readonly claims: Claims }
  /** `fingerprint`: SHA-256 of the DER of the public key, as hex. */
  | { readonly kind: 'key'; readonly fingerprint: string };

export interface VerifiedBundle {
  readonly signer: SignerEvidence;
  /** `null`: a signature over the bytes themselves, which says nothing more. */
  readonly statement: Statement | null;
  /** Times that somebody trusted vouches for, oldest first. Empty for a key without log and timestamp. */
  readonly times: readonly Date[];
}
