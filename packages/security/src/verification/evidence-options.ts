/**
 * What a bundle is verified with. Its rule: a value that every comparison is false of, and that would so ask for
 * nothing, is a fault of the caller.
 *
 * @module
 */
import type { BundleLimits } from '../bundle/bundle-limits.ts';
import type { TrustedRoot } from '../trusted-root/trusted-root.ts';
import type { KeySignerTrust } from './trusted-signer.ts';
import type { EvidenceThresholds } from './verified-bundle.ts';

export interface EvidenceOptions {
  /** `null`: keys alone. What a bundle then brings of logs and timestamps proves nothing and is not looked at. */
  readonly root: TrustedRoot | null;
  /** `null`: whoever has a certificate. */
  readonly key: KeySignerTrust | null;
  readonly thresholds: EvidenceThresholds;
  readonly now: Date;
  readonly limits?: Partial<BundleLimits>;
}

/** @throws {RangeError} for what cannot be compared with. */
export function checkEvidenceOptions({ root, key, thresholds, now, limits = {} }: EvidenceOptions): void {
  if (root === null && key === null) throw new RangeError('without a root only keys can be verified: give one');
  for (const [name, time] of Object.entries({ now, from: key?.from, until: key?.until })) {
    if (time !== undefined && Number.isNaN(time.getTime())) throw new RangeError(`'${name}' is no valid time`);
  }
  const { logEntries, timestamps, scts } = thresholds;
  const counts = [...Object.entries({ logEntries, timestamps, scts }), ...Object.entries(limits)];
  for (const [name, count] of counts) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`'${name}' must be a whole number from 0`);
  }
}
