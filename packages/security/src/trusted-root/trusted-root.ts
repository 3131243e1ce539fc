/**
 * Whom to trust: certificate authorities, logs and timestamp authorities with their keys, as Sigstore's
 * `trusted_root.json` lists them.
 *
 * @see https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 * @module
 */
import type { Digest } from '@squizzle/oci-spec';

declare const trustedRootBrand: unique symbol;

/** A root whose shape was checked and that came from bytes of a known digest. Only `parseTrustedRoot` makes one. */
export interface TrustedRoot {
  readonly [trustedRootBrand]: true;
  /** SHA-256 of the file's bytes: what policies pin. */
  readonly digest: Digest;
  /** Where it came from, for people. */
  readonly origin: string;
}
