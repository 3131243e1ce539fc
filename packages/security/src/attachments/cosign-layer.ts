/**
 * The names that cosign gives to what it writes into registries. Both forms are read; the older one is written for
 * readers that know no other.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @see https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 * @module
 */

/** Of the layer and of the manifest that holds it. */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** What all versions of it begin with: `…bundle.v0.3+json`, `…bundle+json;version=0.1`. */
export const BUNDLE_TYPE_PREFIX = 'application/vnd.dev.sigstore.bundle';
/** cosign 2 with its experimental OCI 1.1 mode attached the older form as a referrer. */
export const COSIGN_ARTIFACT_TYPE = /^application\/vnd\.dev\.cosign\.artifact\.(?:sig|att)\.v1\+json$/;

/** Annotations of a manifest with a bundle. */
export const BUNDLE_ANNOTATIONS = {
  content: 'dev.sigstore.bundle.content',
  predicateType: 'dev.sigstore.bundle.predicateType',
  created: 'org.opencontainers.image.created',
} as const;

/** Annotations of a layer of the older form. */
export const COSIGN_ANNOTATIONS = {
  /** Base64 of the signature over the layer's bytes. */
  signature: 'dev.cosignproject.cosign/signature',
  /** PEM. Absent: a key signed. */
  certificate: 'dev.sigstore.cosign/certificate',
  /** PEM of those above it. */
  chain: 'dev.sigstore.cosign/chain',
  /** What Rekor answered, as JSON. */
  logEntry: 'dev.sigstore.cosign/bundle',
  /** `{"SignedRFC3161Timestamp": base64 of DER}` */
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const;
