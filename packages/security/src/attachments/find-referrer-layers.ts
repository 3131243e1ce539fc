/**
 * Signatures that are attached as referrers: bundles, and cosign's older form in OCI 1.1's way.
 *
 * @module
 */
import type { CallOptions, ContentStore, ReferrerStore } from '@squizzle/core';
import { SIGNATURE_LAYERS } from '@squizzle/core';
import type { Descriptor, ImageManifest } from '@squizzle/oci-spec';
import { beyondLimit, withinLimit, type AttachedLayer, type AttachedLayers } from './attached-layer.ts';
import { BUNDLE_TYPE_PREFIX, COSIGN_ARTIFACT_TYPE } from './cosign-layer.ts';
import type { PassedOver } from './found-bundle.ts';
import { passOver, readAttachedManifest } from './read-attached-manifest.ts';
import { inOrder } from './in-order.ts';

/** Of a list, entries of whatever kind: it is somebody else's, and may have no end. */
const LISTED = 10_000;

/** @throws as `readAttachedManifest`. */
export async function findReferrerLayers(
  root: Descriptor,
  store: ContentStore & Partial<ReferrerStore>,
  limit: number,
  options: CallOptions,
): Promise<AttachedLayers> {
  const place = `referrers of ${root.digest}`;
  const { candidates, passedOver: unlisted } = await listCandidates(place, root, store, options);
  const read = await inOrder(candidates.slice(0, limit), options, async (referrer, signal) =>
    readReferrer(root, referrer, store, { signal }),
  );
  const layers = read.flatMap((each) => each.layers);
  const passedOver = [...unlisted, ...read.flatMap((each) => each.passedOver)];
  if (candidates.length > limit) passedOver.push(beyondLimit(place, candidates.length, limit));
  return withinLimit({ layers, passedOver }, place, limit);
}

interface Candidates {
  readonly candidates: readonly Descriptor[];
  readonly passedOver: readonly PassedOver[];
}

/**
 * Those that say they are signatures, then those that say nothing: lists that clients keep may lack the type. What says
 * that it is something else, a bill of materials, takes no one's place; but it is counted, so that there is an end.
 */
async function listCandidates(
  place: string,
  root: Descriptor,
  { referrers }: Partial<ReferrerStore>,
  { signal }: CallOptions,
): Promise<Candidates> {
  const [named, unnamed]: [Descriptor[], Descriptor[]] = [[], []];
  if (referrers === undefined) return { candidates: [], passedOver: [] };
  let listed = 0;
  for await (const referrer of referrers(root, { signal })) {
    listed += 1;
    if (listed > LISTED) return { candidates: [...named, ...unnamed], passedOver: [beyondList(place)] };
    if (referrer.artifactType === undefined) unnamed.push(referrer);
    else if (isSignatureType(referrer.artifactType)) named.push(referrer);
  }
  return { candidates: [...named, ...unnamed], passedOver: [] };
}

function beyondList(place: string): PassedOver {
  const reason = `more than ${LISTED} are attached, of whatever kind, and the others were not looked at: one that counts may be among them; delete those that nobody needs`;
  return { source: place, code: 'BUNDLE_TOO_LARGE', reason, beyondLimit: true };
}

function isSignatureType(artifactType: string): boolean {
  return artifactType.startsWith(BUNDLE_TYPE_PREFIX) || COSIGN_ARTIFACT_TYPE.test(artifactType);
}

async function readReferrer(
  root: Descriptor,
  referrer: Descriptor,
  store: ContentStore,
  options: CallOptions,
): Promise<AttachedLayers> {
  const source = `referrer ${referrer.digest}`;
  const read = await readAttachedManifest(source, referrer, store, options);
  if (read.kind === 'passed-over') return onlyPassedOver(read.passedOver);
  const { manifest } = read;
  const artifactType = manifest.artifactType ?? manifest.config.mediaType;
  if (!isSignatureType(artifactType)) {
    // One whose type nobody said is no signature after all. One that was listed as a signature is at odds with itself.
    if (referrer.artifactType === undefined) return { layers: [], passedOver: [] };
    const reason = `it is listed as a signature and says of itself that it is ${artifactType}`;
    return onlyPassedOver(passOver(source, 'BUNDLE_INVALID', reason).passedOver);
  }
  if (manifest.subject?.digest !== root.digest) {
    const about = manifest.subject?.digest ?? 'nothing';
    const reason = `it is listed under ${root.digest} and is about ${about}`;
    return onlyPassedOver(passOver(source, 'ARTIFACT_MISMATCH', reason).passedOver);
  }
  return COSIGN_ARTIFACT_TYPE.test(artifactType) ? cosignLayers(source, manifest) : bundleLayer(source, manifest);
}

/** cosign takes one layer, and no other number of them. */
function bundleLayer(source: string, { layers }: ImageManifest): AttachedLayers {
  const [descriptor] = layers;
  const isBundle = layers.length === 1 && descriptor?.mediaType.startsWith(BUNDLE_TYPE_PREFIX) === true;
  if (isBundle) return { layers: [{ source, kind: 'bundle', descriptor }], passedOver: [] };
  const reason = `expected one layer of ${BUNDLE_TYPE_PREFIX}…, found ${layers.length} layers`;
  return onlyPassedOver(passOver(source, 'BUNDLE_INVALID', reason).passedOver);
}

/** The layers of a list of cosign's older signatures, wherever it lies. */
export function cosignLayers(place: string, { layers }: Pick<ImageManifest, 'layers'>): AttachedLayers {
  const found: AttachedLayer[] = [];
  const passedOver: PassedOver[] = [];
  for (const [at, descriptor] of layers.entries()) {
    const source = `${place}, layer ${at + 1}`;
    const { mediaType } = descriptor;
    if (mediaType === SIGNATURE_LAYERS.simpleSigning) found.push({ source, kind: 'simple-signing', descriptor });
    else if (mediaType === SIGNATURE_LAYERS.envelope) found.push({ source, kind: 'envelope', descriptor });
    else passedOver.push({ source, code: 'BUNDLE_INVALID', reason: `it is ${mediaType}, no signature` });
  }
  return { layers: found, passedOver };
}

function onlyPassedOver(passedOver: PassedOver): AttachedLayers {
  return { layers: [], passedOver: [passedOver] };
}
