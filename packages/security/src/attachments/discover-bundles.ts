/**
 * Everything in a store that claims to vouch for an artifact, as bundles to be verified. Nothing of it is trusted yet, and
 * nothing that was found is left out without a word.
 *
 * @module
 */
import {
  findSignatureTags,
  isSquizzleError,
  type CallOptions,
  type ContentStore,
  type ReferrerStore,
  type TaggedSignatures,
} from '@squizzle/core';
import { digestAlgorithm, digestHex, digestOf, LIMITS, readVerified, type Descriptor } from '@squizzle/oci-spec';
import { bundleFault } from '../bundle/bundle-fault.ts';
import { othersTurn } from '../bundle/others-turn.ts';
import type { PolicyLimits } from '../policy/trust-policy.ts';
import type { SubjectDigest } from '../verification/verified-bundle.ts';
import { withinLimit, type AttachedLayer, type AttachedLayers } from './attached-layer.ts';
import { cosignLayers, findReferrerLayers } from './find-referrer-layers.ts';
import type { FoundBundle, FoundBundles, PassedOver } from './found-bundle.ts';
import { inOrder } from './in-order.ts';
import { passOver, readAttachedManifest, readOrPassOver } from './read-attached-manifest.ts';
import { parseSimpleSigning } from './simple-signing.ts';
import { toEnvelopeBundle, toSignatureBundle } from './to-legacy-bundle.ts';

export type DiscoveryLimits = Pick<PolicyLimits, 'bundleBytes' | 'referrers'>;
export type SignatureStore = ContentStore & Partial<ReferrerStore>;

/**
 * Referrers of the manifest, then the tags `sha256-<hex>.sig` and `.att`.
 *
 * Of each of the three places `limits.referrers` are looked at, in byte order of their digests or as they are listed. Whoever
 * may push can push more, and no order that he cannot arrange exists: digests are found by trying, dates are his own
 * word. What must be there for a permission is missed when it is out of view, and that refuses. A rejection is missed
 * too, and that would permit: so `passedOver` says that something lies beyond a limit (`beyondLimit`), and whoever asks
 * for approvals takes that for a rejection. A place that is flooded hides nothing in the others.
 *
 * @throws {ContentError} `DIGEST_MISMATCH`: the store gave other bytes than it was asked for.
 * @throws what the store throws, but for content that it lists and lacks: a store that cannot be reached is no proof that
 *   nobody signed.
 */
export async function discoverBundles(
  root: Descriptor,
  store: SignatureStore,
  limits: DiscoveryLimits,
  options: CallOptions = {},
): Promise<FoundBundles> {
  const places = [
    await findReferrerLayers(root, store, limits.referrers, options),
    ...(await findTaggedLayers(root, store, limits.referrers, options)),
  ];
  const layers = places.flatMap((place) => place.layers);
  const subject = layers.length === 0 ? { sha256: '' } : await subjectOf(root, store, options);
  const read = await inOrder(layers, options, async (layer, signal) =>
    readLayer(layer, subject, { store, limits, signal }),
  );
  return {
    bundles: read.flatMap((each) => (each.kind === 'found' ? [each.bundle] : [])),
    passedOver: [
      ...places.flatMap((place) => place.passedOver),
      ...read.flatMap((each) => (each.kind === 'passed-over' ? [each.passedOver] : [])),
    ],
  };
}

async function findTaggedLayers(
  root: Descriptor,
  store: ContentStore,
  limit: number,
  options: CallOptions,
): Promise<readonly AttachedLayers[]> {
  const places: AttachedLayers[] = [];
  for (const found of await findSignatureTags(root, store, options)) {
    places.push(withinLimit(await readTagged(found, store, options), `tag ${found.tag}`, limit));
  }
  return places;
}

async function readTagged(
  { tag, descriptor }: TaggedSignatures,
  store: ContentStore,
  options: CallOptions,
): Promise<AttachedLayers> {
  const source = `tag ${tag}`;
  const read = await readAttachedManifest(source, descriptor, store, options);
  if (read.kind === 'passed-over') return { layers: [], passedOver: [read.passedOver] };
  return cosignLayers(source, read.manifest);
}

/** Signatures name an artifact by its SHA-256, whatever the digest is that it was asked for by. */
async function subjectOf(root: Descriptor, store: ContentStore, options: CallOptions): Promise<SubjectDigest> {
  if (digestAlgorithm(root.digest) === 'sha256') return { sha256: digestHex(root.digest) };
  const bytes = await readVerified(store.fetch(root, options), root, LIMITS.manifestBytes);
  return { sha256: digestHex(digestOf(bytes)), sha512: digestHex(root.digest) };
}

type ReadLayer =
  | { readonly kind: 'found'; readonly bundle: FoundBundle }
  | { readonly kind: 'passed-over'; readonly passedOver: PassedOver };

interface Reading extends CallOptions {
  readonly store: ContentStore;
  readonly limits: DiscoveryLimits;
}

async function readLayer(layer: AttachedLayer, subject: SubjectDigest, reading: Reading): Promise<ReadLayer> {
  const { store, limits, signal } = reading;
  const { source, descriptor } = layer;
  const tooLarge = (bytes: number): ReadLayer =>
    passOver(source, 'BUNDLE_TOO_LARGE', `it has ${bytes} bytes, more than ${limits.bundleBytes} (limits.bundleBytes)`);
  if (descriptor.size > limits.bundleBytes) return tooLarge(descriptor.size);
  const read = await readOrPassOver(source, descriptor, store, { signal });
  if (read.kind === 'passed-over') return read;
  await othersTurn({ signal });
  try {
    const bundle = toFoundBundle(layer, read.bytes, subject);
    const bytes = Buffer.byteLength(bundle.json);
    return bytes > limits.bundleBytes ? tooLarge(bytes) : { kind: 'found', bundle };
  } catch (cause) {
    if (isSquizzleError(cause, 'BUNDLE_INVALID')) return passOver(source, 'BUNDLE_INVALID', cause.details.reason);
    if (isSquizzleError(cause, 'ARTIFACT_MISMATCH')) return passOver(source, 'ARTIFACT_MISMATCH', cause.details.reason);
    throw cause;
  }
}

/** @throws {SquizzleError} `BUNDLE_INVALID`, `ARTIFACT_MISMATCH` */
function toFoundBundle(
  { source, kind, descriptor }: AttachedLayer,
  bytes: Uint8Array,
  subject: SubjectDigest,
): FoundBundle {
  const { annotations = {} } = descriptor;
  switch (kind) {
    case 'bundle':
      return { source, json: decodeText(bytes), subject, cosignPayload: null };
    case 'envelope':
      return { source, json: toEnvelopeBundle(bytes, annotations), subject, cosignPayload: null };
    case 'simple-signing': {
      const cosignPayload = parseSimpleSigning(bytes, subject.sha256);
      const payload = { sha256: digestHex(digestOf(bytes)) };
      return { source, json: toSignatureBundle(bytes, annotations), subject: payload, cosignPayload };
    }
  }
}

/** Strict, so that no two documents become one. */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw bundleFault('BUNDLE_INVALID', 'it is no text in UTF-8', { cause });
  }
}
