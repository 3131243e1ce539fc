/**
 * SHA-256 checksums as SQUIZZLE manifests write them: 64 lowercase hex digits, without `sha256:`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { digestFromHex, type Digest } from '@squizzle/oci-spec';

declare const checksumBrand: unique symbol;
/** 64 lowercase hex digits. */
export type Checksum = string & { readonly [checksumBrand]: true };

export function parseChecksum(text: string): Checksum | undefined {
  return /^[a-f0-9]{64}$/.test(text) ? (text as Checksum) : undefined;
}

export function checksumOf(bytes: Uint8Array | string): Checksum {
  return createHash('sha256').update(bytes).digest('hex') as Checksum;
}

/** The OCI digest of the same bytes. */
export function checksumToDigest(checksum: Checksum): Digest {
  const digest = digestFromHex('sha256', checksum);
  if (digest === undefined) throw new RangeError(`not a checksum: ${checksum}`);
  return digest;
}
