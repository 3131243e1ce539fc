/**
 * That a release was applied to a database: which one, by which policy, and what its ledger ended with.
 *
 * @module
 */
import type { Checksum, Version } from '@squizzle/core';
import type { Digest } from '@squizzle/oci-spec';
import { requireOrder, requireText, requireTime } from './predicate-input.ts';
import type { Predicate } from './statement.ts';

export interface ApplyReceiptInput {
  readonly environment: string;
  /** Tells databases apart without saying where they are: a digest of what identifies one, never its URL. */
  readonly database: Digest;
  readonly release: Version;
  /** Of the artifact. */
  readonly digest: Digest;
  /** Hash of the ledger's last event after the run. */
  readonly ledgerHead: Checksum;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Of the trust policy that allowed it; `null` where it was given in place. */
  readonly policyDigest: Digest | null;
}

/** @throws {RangeError} for an empty text, what is no time, or an end before the beginning. */
export function applyReceipt(input: ApplyReceiptInput): Predicate {
  const { environment, database, release, digest, ledgerHead, policyDigest } = input;
  const startedAt = requireTime('startedAt', input.startedAt);
  const finishedAt = requireTime('finishedAt', input.finishedAt);
  requireOrder(['startedAt', startedAt], ['finishedAt', finishedAt]);
  return {
    environment: requireText('environment', environment),
    database,
    release,
    digest,
    ledgerHead,
    startedAt,
    finishedAt,
    policyDigest,
  };
}
