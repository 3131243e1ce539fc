/**
 * A bundle as cosign 3 attaches it, so that an unmodified `cosign verify` finds and takes it.
 *
 * @module
 */
import type { Attachment } from '@squizzle/core';
import type { SignedBundle } from '../signing/statement-signer.ts';
import { BUNDLE_ANNOTATIONS, BUNDLE_MEDIA_TYPE } from './cosign-layer.ts';

export function toAttachment({ json, predicateType, created }: SignedBundle): Attachment {
  return {
    artifactType: BUNDLE_MEDIA_TYPE,
    mediaType: BUNDLE_MEDIA_TYPE,
    content: new TextEncoder().encode(json),
    annotations: {
      [BUNDLE_ANNOTATIONS.content]: 'dsse-envelope',
      [BUNDLE_ANNOTATIONS.predicateType]: predicateType,
      [BUNDLE_ANNOTATIONS.created]: created.toISOString().replace(/\.\d+Z$/, 'Z'), // whole seconds, as cosign writes it
    },
  };
}
