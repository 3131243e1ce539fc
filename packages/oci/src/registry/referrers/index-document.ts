/**
 * The index under the tag `sha256-<hex>` that lists referrers where the registry has no API for them.
 *
 * Whatever is not an image index is never written over, and what other tools wrote into one stays.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 * @module
 */
import type { CallOptions, SquizzleError } from '@squizzle/core';
import {
  canonicalJsonBytes,
  describeContent,
  MEDIA_TYPES,
  parseJsonObject,
  referrersTag,
  type Descriptor,
  type Digest,
  type ImageIndex,
  type Tag,
} from '@squizzle/oci-spec';
import { getManifest } from '../manifests/get-manifest.ts';
import type { ManifestContent, PutManifestOptions } from '../manifests/put-manifest.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { responseInvalid } from '../response-error.ts';

export interface ReferrersIndex {
  readonly index: ImageIndex;
  readonly bytes: Uint8Array;
  readonly entityTag: string | undefined;
}

/** What shall be true of referrers in the end: how one is listed, or `null` that it is not. */
export type IndexChanges = ReadonlyMap<Digest, Descriptor | null>;

/** What the index lists; nothing where there is none, or something else under its tag. */
export async function listIndexed(
  access: RepositoryAccess,
  subject: Digest,
  options: CallOptions,
): Promise<readonly Descriptor[]> {
  const found = await readIndex(access, referrersTag(subject), options);
  return found === undefined || found === 'something-else' ? [] : found.index.manifests;
}

export async function readIndex(
  access: RepositoryAccess,
  tag: Tag,
  { signal }: CallOptions,
): Promise<ReferrersIndex | 'something-else' | undefined> {
  const found = await getManifest(access, tag, { signal });
  if (found === undefined) return undefined;
  const { manifest, bytes, entityTag, descriptor } = found;
  if (manifest.kind !== 'index' || descriptor.mediaType !== MEDIA_TYPES.ociIndex) return 'something-else';
  return { index: manifest.index, bytes, entityTag };
}

/** Whether there is nothing left to change. */
export function isChanged(found: ReferrersIndex | undefined, changes: IndexChanges): boolean {
  const listed = new Set((found?.index.manifests ?? []).map(({ digest }) => digest));
  return [...changes].every(([digest, entry]) => listed.has(digest) === (entry !== null));
}

/** Of the entries as they are written, with members that are not known here. */
type RawEntry = { readonly digest?: unknown };

/** Only the list differs: what else another tool wrote into the index stays. */
export function changeIndex(before: ReferrersIndex | undefined, changes: IndexChanges): ManifestContent {
  const mediaType = MEDIA_TYPES.ociIndex;
  const document =
    before === undefined
      ? { schemaVersion: 2, mediaType, manifests: [] }
      : parseJsonObject(before.bytes, { maxBytes: before.bytes.byteLength, what: 'image index' });
  const entries = (document.manifests ?? []) as readonly RawEntry[];
  const known = new Set(entries.map(({ digest }) => digest));
  const kept = entries.filter(({ digest }) => changes.get(digest as Digest) !== null);
  const added = [...changes].flatMap(([digest, entry]) => (entry === null || known.has(digest) ? [] : [entry]));
  const bytes = canonicalJsonBytes({ ...document, manifests: [...kept, ...added] });
  return { descriptor: describeContent(mediaType, bytes), bytes };
}

/** That the index is still the one that was read, where the registry tells its entity tag. */
export function conditionOf(before: ReferrersIndex | undefined): PutManifestOptions['condition'] {
  if (before === undefined) return 'absent';
  return before.entityTag === undefined ? undefined : { entityTag: before.entityTag };
}

export function notAnIndex(access: RepositoryAccess, tag: Tag): SquizzleError<'RESPONSE_INVALID'> {
  const reason = `expected an image index under the tag ${tag}, found another manifest; it is left as it is: see who put it there`;
  return responseInvalid(access, null, reason);
}
