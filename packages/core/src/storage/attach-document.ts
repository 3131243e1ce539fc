/**
 * A document attached to a manifest: an image manifest with one layer, an empty config, and the manifest as `subject`.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage
 * @module
 */
import {
  canonicalJsonBytes,
  describeContent,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  MEDIA_TYPES,
  type Descriptor,
} from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore } from '../contracts/content-store.ts';
import type { Attachment } from '../contracts/signer.ts';
import { pushMissing } from './copy-content.ts';

/** What was attached to `subject`: `referrer` is the manifest, `document` its layer. */
export interface Attached {
  readonly subject: Descriptor;
  readonly referrer: Descriptor;
  readonly document: Descriptor;
}

/**
 * Attaches the document; the same document again is the same referrer.
 *
 * Interrupted at any moment it leaves blobs that nothing names: the manifest comes last.
 *
 * @throws what the store throws.
 */
export async function attachDocument(
  { mediaType, digest, size }: Descriptor,
  { artifactType, mediaType: documentType, content, annotations }: Attachment,
  store: ContentStore,
  options: CallOptions = {},
): Promise<Attached> {
  const subject = { mediaType, digest, size };
  const document = describeContent(documentType, content);
  const bytes = canonicalJsonBytes({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType,
    config: EMPTY_DESCRIPTOR,
    layers: [document],
    subject,
    annotations,
  });
  const referrer = { ...describeContent(MEDIA_TYPES.ociManifest, bytes), artifactType, annotations };
  await pushMissing(EMPTY_DESCRIPTOR, [EMPTY_JSON], store, options);
  await pushMissing(document, [content], store, options);
  await store.push(referrer, [bytes], options);
  return { subject, referrer, document };
}
