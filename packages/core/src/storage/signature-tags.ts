/**
 * Tags that are made of a digest: cosign's older signatures (`sha256-<hex>.sig`) and attestations (`.att`), which go
 * wherever the release goes, and the lists of referrers (`sha256-<hex>`) that a store keeps itself.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
 * @module
 */
import { digestAlgorithm, digestHex, parseTag, type Descriptor, type Tag } from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore, DeletableStore } from '../contracts/content-store.ts';
import { copyContent, copyLayers, type ContentSource, type CopyContentOptions } from './copy-content.ts';
import { addSignatures, missingFrom, readSignatureList } from './signature-list.ts';
import { areAbout } from './signature-payload.ts';

const PATTERN = /^sha\d{3}-[0-9a-f]{64}/;
const LISTED = /^sha256-[0-9a-f]{64}\.(?:sig|att)$/;

/** A tag that a program made of a digest: it names no release, and nobody chose it. */
export function isDigestTag(tag: string): boolean {
  return PATTERN.test(tag);
}

/** Whether the tag is one of {@link signatureTags}, of whatever artifact. */
export function isSignatureTag(tag: string): boolean {
  return LISTED.test(tag);
}

/** The tags under which cosign's older signatures and attestations of an artifact lie. None where they are too long. */
export function signatureTags({ digest }: Pick<Descriptor, 'digest'>): readonly Tag[] {
  const name = `${digestAlgorithm(digest)}-${digestHex(digest)}`;
  return ['.sig', '.att'].flatMap((suffix) => parseTag(`${name}${suffix}`) ?? []);
}

/** Where tags can be looked up too. An archive can, a source of blobs alone cannot. */
export type TaggedSource = ContentSource & Partial<Pick<ContentStore, 'resolve'>>;

/** A manifest with the one tag that it has by what it is. */
export interface TaggedSignatures {
  readonly tag: Tag;
  readonly descriptor: Descriptor;
}

/** The artifact's tags that are there and name something. */
export async function findSignatureTags(
  root: Descriptor,
  from: TaggedSource,
  options: CallOptions = {},
): Promise<readonly TaggedSignatures[]> {
  const found: TaggedSignatures[] = [];
  for (const tag of from.resolve === undefined ? [] : signatureTags(root)) {
    const descriptor = await from.resolve?.(tag, options);
    if (descriptor !== undefined) found.push({ tag, descriptor });
  }
  return found;
}

/**
 * Copies the tags beside `copyReferrers`. What the target has already stays: signatures are added to one another.
 *
 * @returns what the target's tags name now.
 * @throws {SquizzleError} as `copyContent` and `addSignatures`.
 */
export async function copySignatureTags(
  root: Descriptor,
  from: TaggedSource,
  to: ContentStore,
  options: CopyContentOptions = {},
): Promise<readonly TaggedSignatures[]> {
  const copied: TaggedSignatures[] = [];
  for (const found of await findSignatureTags(root, from, options)) {
    const descriptor = await copyList(found, from, to, options);
    if (descriptor !== undefined) copied.push({ tag: found.tag, descriptor });
  }
  return copied;
}

async function copyList(
  { tag, descriptor }: TaggedSignatures,
  from: ContentSource,
  to: ContentStore,
  options: CopyContentOptions,
): Promise<Descriptor | undefined> {
  const { signal } = options;
  const list = await readSignatureList(descriptor, from, { signal });
  if (list === undefined) return undefined;
  const there = await to.resolve(tag, { signal });
  if (there?.digest === descriptor.digest && options.repair !== true) return descriptor;
  const others = there === undefined ? undefined : await readSignatureList(there, to, { signal });
  if (there === undefined || (others !== undefined && missingFrom(list, others.layers).length === 0)) {
    await copyContent(descriptor, from, to, options);
    await to.tag(descriptor, tag, { signal });
    return descriptor;
  }
  const missing = missingFrom(others ?? { layers: [] }, list.layers);
  await copyLayers(missing, from, to, options);
  return addSignatures(tag, missing, to, { signal });
}

/**
 * Takes away the signatures of an artifact that is gone. A tag that names anything else loses its name alone: whoever may
 * push could have given it to a release, or to the signatures of one.
 */
export async function deleteSignatureTags(
  root: Descriptor,
  store: ContentStore & Pick<DeletableStore, 'delete' | 'untag'>,
  options: CallOptions = {},
): Promise<void> {
  for (const { tag, descriptor } of await findSignatureTags(root, store, options)) {
    const { layers = [] } = (await readSignatureList(descriptor, store, options)) ?? {};
    const isOwn = layers.length > 0 && (await areAbout(root, layers, store, options));
    if (isOwn) await store.delete(descriptor, options);
    else await store.untag(tag, options);
  }
}
