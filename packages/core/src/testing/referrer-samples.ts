/**
 * Manifests with a `subject`, for the suites of stores and for tests of what is attached.
 *
 * @module
 */
import {
  canonicalJsonBytes,
  describeContent,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  MEDIA_TYPES,
  type Annotations,
  type Descriptor,
} from '@squizzle/oci-spec';
import type { ContentStore, ReferrerOptions, ReferrerStore } from '../contracts/content-store.ts';
import type { Sample } from './content-samples.ts';

export interface ReferrerTraits {
  readonly artifactType?: string;
  /** Stands for the artifact type where there is none. */
  readonly configMediaType?: string;
  readonly annotations?: Annotations;
  readonly layers?: readonly Descriptor[];
}

/** A manifest about `subject`. Traits that differ make another manifest. */
export function sampleReferrer(subject: Descriptor, traits: ReferrerTraits = {}): Sample {
  const { configMediaType = EMPTY_DESCRIPTOR.mediaType, layers = [], ...rest } = traits;
  const config = { mediaType: configMediaType, digest: EMPTY_DESCRIPTOR.digest, size: EMPTY_DESCRIPTOR.size };
  return manifestOf(MEDIA_TYPES.ociManifest, subject, { ...rest, config, layers });
}

/** An index about `subject`. */
export function sampleReferrerIndex(
  subject: Descriptor,
  manifests: readonly Descriptor[],
  traits: Pick<ReferrerTraits, 'artifactType' | 'annotations'> = {},
): Sample {
  return manifestOf(MEDIA_TYPES.ociIndex, subject, { ...traits, manifests });
}

/** Pushes the referrer with its config; answers its descriptor. Layers are the caller's to push. */
export async function attach(
  store: ContentStore,
  subject: Descriptor,
  traits: ReferrerTraits = {},
): Promise<Descriptor> {
  const { descriptor, bytes } = sampleReferrer(subject, traits);
  await store.push(EMPTY_DESCRIPTOR, [EMPTY_JSON]);
  await store.push(descriptor, [bytes]);
  return descriptor;
}

export async function referrersOf(
  store: ReferrerStore,
  subject: Descriptor,
  options?: ReferrerOptions,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const referrer of store.referrers(subject, options)) found.push(referrer);
  return found;
}

function manifestOf(mediaType: string, { digest, size, ...named }: Descriptor, members: object): Sample {
  const subject = { mediaType: named.mediaType, digest, size };
  const bytes = canonicalJsonBytes({ schemaVersion: 2, mediaType, subject, ...members });
  return { descriptor: describeContent(mediaType, bytes), bytes };
}
