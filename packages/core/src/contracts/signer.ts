/**
 * Whoever vouches for a manifest: what it makes is attached to it in the store.
 *
 * @module
 */
import type { Annotations, Descriptor } from '@squizzle/oci-spec';
import type { CallOptions } from './call-options.ts';

/** One document that is attached to a manifest: a signature, an attestation. */
export interface Attachment {
  readonly artifactType: string;
  /** Of the document, which becomes the only layer. */
  readonly mediaType: string;
  readonly content: Uint8Array;
  readonly annotations: Annotations;
}

export interface Signer {
  /**
   * Vouches for the manifest, by its digest: nothing else of it is read.
   *
   * @throws {SquizzleError} `KEY_UNUSABLE`, `IDENTITY_UNAVAILABLE`, `SIGNING_CONFIG_INVALID`, `SIGNING_FAILED`.
   */
  sign(subject: Descriptor, options?: CallOptions): Promise<Attachment>;
}
