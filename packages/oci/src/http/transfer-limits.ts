/**
 * How much, how often and how long: every limit of a transfer, with its default.
 *
 * @module
 */
const MIB = 1024 * 1024;

export interface TransferLimits {
  /** Tries of one request, the first included. */
  readonly attempts: number;
  /** First wait before another try; doubled each time, then drawn between zero and it (full jitter). */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Longest `Retry-After` that is waited for; a longer one ends the call with `RATE_LIMITED`. */
  readonly maxRetryAfterMs: number;
  readonly connectMs: number;
  /** All tries to connect together: an unreachable registry is reported before this is over. */
  readonly connectTotalMs: number;
  /** From the request's end to the answer's headers. */
  readonly headersMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
  /** Blobs on the way at once, to and from one host. */
  readonly concurrency: number;
  /** Blobs up to this size are sent in one request. */
  readonly monolithicBytes: number;
  readonly chunkBytes: number;
  /** Memory for all pushes together of content that can be read once. */
  readonly heldBytes: number;
  readonly manifestBytes: number;
  readonly configBytes: number;
  readonly tokenBytes: number;
  readonly errorBytes: number;
  readonly listBytes: number;
  /** Pages of one list. */
  readonly pages: number;
  readonly redirects: number;
}

export const TRANSFER_LIMITS: TransferLimits = {
  attempts: 6,
  backoffMs: 250,
  maxBackoffMs: 10_000,
  maxRetryAfterMs: 60_000,
  connectMs: 10_000,
  connectTotalMs: 4_500,
  headersMs: 60_000,
  idleMs: 60_000,
  concurrency: 4,
  monolithicBytes: 64 * MIB,
  chunkBytes: 16 * MIB,
  heldBytes: 64 * MIB,
  manifestBytes: 4 * MIB,
  configBytes: 4 * MIB,
  tokenBytes: 128 * 1024,
  errorBytes: 64 * 1024,
  listBytes: 8 * MIB,
  pages: 1_000,
  redirects: 5,
};
