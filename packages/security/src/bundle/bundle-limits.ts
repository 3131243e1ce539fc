/**
 * How large a bundle may be. Each part is measured before any code looks into it: the cost of a crafted bundle is the
 * cost of reading it.
 *
 * @module
 */

/** What a policy may set. */
export interface BundleLimits {
  /** Of the JSON. */
  readonly bundleBytes: number;
  /** Entries of transparency logs. */
  readonly logEntries: number;
}

export const DEFAULT_BUNDLE_LIMITS: BundleLimits = { bundleBytes: 1024 * 1024, logEntries: 8 };

/** What no policy changes. */
export const PART_LIMITS = {
  timestamps: 8,
  certificates: 8,
  /** Of a certificate or timestamp. Those of the public good instance have 2 kB. */
  derBytes: 18_000,
  signatureBytes: 4096,
  /** A log with 2^64 entries has proofs of 64. */
  proofHashes: 64,
  checkpointBytes: 16_384,
  /** The log's signature, and those of its witnesses. */
  checkpointSignatures: 32,
  textCharacters: 1024,
  /** Names and values: eight log entries with proofs of 64 hashes have a thousand. */
  texts: 4096,
} as const;
