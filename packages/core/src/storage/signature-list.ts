/**
 * cosign's older signatures: an image manifest under a tag made of the artifact's digest, one layer a signature. Others
 * add theirs to the same manifest: a list is only ever added to, never replaced by one that lacks somebody's signature.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#storage
 * @module
 */
import {
  canonicalJson,
  canonicalJsonBytes,
  describeContent,
  isImageManifestMediaType,
  LIMITS,
  MEDIA_TYPES,
  parseImageManifest,
  readVerified,
  type Annotations,
  type Descriptor,
  type Tag,
} from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore } from '../contracts/content-store.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { pushMissing } from './copy-content.ts';

/** What a tag names, where that is a list. */
export interface SignatureList {
  readonly descriptor: Descriptor;
  /** A payload each; its annotations hold the signature. */
  readonly layers: readonly Descriptor[];
  readonly annotations?: Annotations | undefined;
}

/** Each of several writers at once loses a round to one other, at most. */
const ROUNDS = 16;

/**
 * The list behind a descriptor, or `undefined` for an index: cosign writes none.
 *
 * @throws {ContentError} for a manifest that cannot be read; as `fetch`.
 */
export async function readSignatureList(
  descriptor: Descriptor,
  store: Pick<ContentStore, 'fetch'>,
  options: CallOptions = {},
): Promise<SignatureList | undefined> {
  const { mediaType } = descriptor;
  if (!isImageManifestMediaType(mediaType)) return undefined;
  const bytes = await readVerified(store.fetch(descriptor, options), descriptor, LIMITS.manifestBytes);
  const { layers, annotations } = parseImageManifest(bytes, mediaType);
  return { descriptor, layers, annotations };
}

/** Those of `layers` that the list lacks. One payload may be signed several times: annotations count. */
export function missingFrom(list: Pick<SignatureList, 'layers'>, layers: readonly Descriptor[]): readonly Descriptor[] {
  const known = new Set(list.layers.map((layer) => identityOf(layer)));
  return layers.filter((layer) => !known.has(identityOf(layer)));
}

function identityOf({ digest, annotations = {} }: Descriptor): string {
  return canonicalJson({ digest, annotations });
}

/**
 * Adds signatures to the list behind the tag, which need not be there; their payloads must be in the store.
 *
 * Stores cannot say "only if it still names this". So the tag is looked at right before and after it is moved, and what
 * another writer put there meanwhile is added to. Two that write in the same instant over a network may still lose one
 * signature: signing again adds it.
 *
 * @returns the manifest that the tag names.
 * @throws {SquizzleError} `ARTIFACT_INVALID` when the tag names something else than a list; what the store throws.
 */
export async function addSignatures(
  tag: Tag,
  layers: readonly Descriptor[],
  store: ContentStore,
  options: CallOptions = {},
): Promise<Descriptor> {
  for (let round = 0; round < ROUNDS; round++) {
    const current = await store.resolve(tag, options);
    const list = current === undefined ? undefined : await requireList(tag, current, store, options);
    const missing = missingFrom(list ?? { layers: [] }, layers);
    if (list !== undefined && missing.length === 0) return list.descriptor;
    const manifest = await pushList([...(list?.layers ?? []), ...missing], list?.annotations, store, options);
    if ((await store.resolve(tag, options))?.digest !== current?.digest) continue;
    await store.tag(manifest, tag, options);
    if ((await store.resolve(tag, options))?.digest === manifest.digest) return manifest;
  }
  const reason = `others changed ${tag} each time that it was to be changed`;
  throw new SquizzleError('ARTIFACT_INVALID', `${store.description}: ${reason}; sign again`, { digest: null, reason });
}

/** @throws {SquizzleError} `ARTIFACT_INVALID` for what is no list: it is somebody's, and is not written over. */
async function requireList(
  tag: Tag,
  descriptor: Descriptor,
  store: ContentStore,
  options: CallOptions,
): Promise<SignatureList> {
  const list = await readSignatureList(descriptor, store, options);
  if (list !== undefined) return list;
  const reason = `${tag} names ${descriptor.mediaType}, not a list of signatures`;
  const message = `${store.description}: ${reason}; delete the tag if nobody needs it`;
  throw new SquizzleError('ARTIFACT_INVALID', message, { digest: descriptor.digest, reason });
}

async function pushList(
  layers: readonly Descriptor[],
  annotations: Annotations | undefined,
  store: ContentStore,
  options: CallOptions,
): Promise<Descriptor> {
  const config = configOf(layers);
  const bytes = canonicalJsonBytes({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: config.descriptor,
    layers,
    ...(annotations === undefined ? {} : { annotations }),
  });
  const manifest = describeContent(MEDIA_TYPES.ociManifest, bytes);
  await pushMissing(config.descriptor, [config.bytes], store, options);
  await store.push(manifest, [bytes], options);
  return manifest;
}

/** cosign reads the list as an image, so it has an image's config. Payloads are not compressed. */
function configOf(layers: readonly Descriptor[]): { readonly descriptor: Descriptor; readonly bytes: Uint8Array } {
  const bytes = canonicalJsonBytes({
    architecture: '',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  return { descriptor: describeContent(MEDIA_TYPES.ociConfig, bytes), bytes };
}
