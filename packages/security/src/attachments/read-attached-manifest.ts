/**
 * A manifest that holds signatures: which layers of it to read. Bounded, and of a store that is not trusted.
 *
 * @module
 */
import { isSquizzleError, type CallOptions, type ContentStore } from '@squizzle/core';
import {
  isContentError,
  isImageManifestMediaType,
  parseImageManifest,
  readVerified,
  type Descriptor,
  type ImageManifest,
} from '@squizzle/oci-spec';
import type { PassedOver } from './found-bundle.ts';

/** 1 MiB: lists of cosign's older signatures hold certificates, some 6 kB a signature. */
const MANIFEST_BYTES = 1024 * 1024;

export type ReadManifest =
  | { readonly kind: 'read'; readonly manifest: ImageManifest }
  | { readonly kind: 'passed-over'; readonly passedOver: PassedOver };

/**
 * @throws {ContentError} `DIGEST_MISMATCH`: the store gave other bytes than it was asked for.
 * @throws what the store throws, but for content that it lacks.
 */
export async function readAttachedManifest(
  source: string,
  descriptor: Descriptor,
  store: Pick<ContentStore, 'fetch'>,
  options: CallOptions,
): Promise<ReadManifest> {
  const { mediaType, size } = descriptor;
  if (!isImageManifestMediaType(mediaType))
    return passOver(source, 'BUNDLE_INVALID', `it is ${mediaType}, no image manifest`);
  if (size > MANIFEST_BYTES) {
    return passOver(source, 'BUNDLE_TOO_LARGE', `its manifest has ${size} bytes, more than ${MANIFEST_BYTES}`);
  }
  const read = await readOrPassOver(source, descriptor, store, options);
  if (read.kind === 'passed-over') return read;
  try {
    return { kind: 'read', manifest: parseImageManifest(read.bytes, mediaType) };
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    return passOver(source, 'BUNDLE_INVALID', cause.message);
  }
}

export type ReadBytes =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'passed-over'; readonly passedOver: PassedOver };

/**
 * What is listed and not there, or has another size than whoever listed it said, is passed over: that is the word of
 * whoever may push. Bytes with another digest are the store's own doing, and nothing else that it says is worth more:
 * that is thrown, as is a store that cannot be reached. Neither may look like a release that nobody signed.
 */
export async function readOrPassOver(
  source: string,
  descriptor: Descriptor,
  store: Pick<ContentStore, 'fetch'>,
  options: CallOptions,
): Promise<ReadBytes> {
  try {
    const bytes = await readVerified(store.fetch(descriptor, options), descriptor, descriptor.size);
    return { kind: 'read', bytes };
  } catch (cause) {
    const isMissing = isSquizzleError(cause, 'CONTENT_NOT_FOUND') || isSquizzleError(cause, 'NOT_FOUND');
    if (isMissing)
      return passOver(source, 'BUNDLE_INVALID', `the store lists ${descriptor.digest} and does not have it`);
    const isLie = isContentError(cause, 'SIZE_MISMATCH') || isContentError(cause, 'MANIFEST_INVALID');
    if (!isLie) throw cause;
    return passOver(source, 'BUNDLE_INVALID', cause.message);
  }
}

export function passOver(
  source: string,
  code: PassedOver['code'],
  reason: string,
): { readonly kind: 'passed-over'; readonly passedOver: PassedOver } {
  return { kind: 'passed-over', passedOver: { source, code, reason } };
}
