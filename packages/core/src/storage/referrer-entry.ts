/**
 * What a manifest says as a referrer: whom it is about, and how a list of referrers shows it.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 * @module
 */
import { artifactTypeOf, type Annotations, type Descriptor, type Manifest } from '@squizzle/oci-spec';

/** The manifest that this one is attached to, if it is a referrer. */
export function subjectOf(manifest: Manifest): Descriptor | undefined {
  return manifest.kind === 'image' ? manifest.manifest.subject : manifest.index.subject;
}

/** The manifest as referrers lists show it: with its own artifact type and annotations, whatever `descriptor` says. */
export function referrerEntry({ mediaType, digest, size }: Descriptor, manifest: Manifest): Descriptor {
  const artifactType = artifactTypeOf(manifest);
  const annotations = annotationsOf(manifest);
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function annotationsOf(manifest: Manifest): Annotations | undefined {
  return manifest.kind === 'image' ? manifest.manifest.annotations : manifest.index.annotations;
}
