/**
 * The index under the tag `sha256-<hex>` that lists referrers where the registry has no API for them.
 *
 * Several may change it at once, and no lock keeps them apart. So each change is made under the condition that the index
 * is still the one that was read, where the registry heeds that, and looked at again a moment later: who finds the
 * change gone makes it anew. Whatever is not an image index is never written over.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 * @module
 */
import { SquizzleError, type CallOptions } from '@squizzle/core';
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
import { sleep } from '../../http/sleep.ts';
import { settleTime, type Wait } from '../claim/settle.ts';
import { getManifest } from '../manifests/get-manifest.ts';
import { putManifest, type ManifestContent, type PutManifestOptions } from '../manifests/put-manifest.ts';
import type { RepositoryAccess } from '../repository-access.ts';
import { describePlace, faultOf, responseInvalid } from '../response-error.ts';

/** Each round of several that write at once at least one gets through. */
const ROUNDS = 24;
const BACKOFF_MS = 20;
const LONGEST_BACKOFF_MS = 1_000;

interface ReferrersIndex {
  readonly index: ImageIndex;
  readonly bytes: Uint8Array;
  readonly entityTag: string | undefined;
}

export interface IndexOptions extends CallOptions {
  /** Default: a timer. */
  readonly wait?: Wait | undefined;
}

/** What the index lists; nothing where there is none, or something else under its tag. */
export async function listIndexed(
  access: RepositoryAccess,
  subject: Digest,
  options: CallOptions,
): Promise<readonly Descriptor[]> {
  const found = await readIndex(access, referrersTag(subject), options);
  return found === undefined || found === 'something-else' ? [] : found.index.manifests;
}

/** @throws {SquizzleError} `RESPONSE_INVALID` when the tag names no image index; `REGISTRY_FAILED` when others win for ever. */
export async function addToIndex(
  access: RepositoryAccess,
  subject: Digest,
  entry: Descriptor,
  options: IndexOptions,
): Promise<void> {
  const isListed = ({ digest }: Descriptor): boolean => digest === entry.digest;
  await changeIndex(access, referrersTag(subject), options, {
    isDone: (manifests) => manifests.some(isListed),
    change: (manifests) => [...manifests, entry],
  });
}

/** As `addToIndex`. */
export async function removeFromIndex(
  access: RepositoryAccess,
  subject: Digest,
  referrer: Digest,
  options: IndexOptions,
): Promise<void> {
  const isOther = ({ digest }: { readonly digest?: unknown }): boolean => digest !== referrer;
  await changeIndex(access, referrersTag(subject), options, {
    isDone: (manifests) => manifests.every(isOther),
    change: (manifests) => manifests.filter(isOther),
  });
}

interface IndexChange {
  readonly isDone: (manifests: readonly Descriptor[]) => boolean;
  /** Of the entries as they are written, with members that are not known here. */
  readonly change: (manifests: readonly RawEntry[]) => readonly (RawEntry | Descriptor)[];
}

type RawEntry = { readonly digest?: unknown };

async function changeIndex(
  access: RepositoryAccess,
  tag: Tag,
  { signal, wait = sleep }: IndexOptions,
  { isDone, change }: IndexChange,
): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    const before = await readIndex(access, tag, { signal });
    if (before === 'something-else') throw notAnIndex(access, tag);
    if (isDone(before?.index.manifests ?? [])) return;
    const condition = conditionOf(before);
    const set = await putManifest(access, tag, changed(before, change), { condition, signal });
    if (set !== undefined) {
      // Who read the same index as we did has written by then: what is there in the end is there to stay.
      await wait(settleTime(performance.now() - began), signal);
      if (await holds(access, tag, isDone, { signal })) return;
    }
    await wait(Math.random() * Math.min(BACKOFF_MS * 2 ** round, LONGEST_BACKOFF_MS), signal);
  }
  throw neverDone(access, tag);
}

async function holds(
  access: RepositoryAccess,
  tag: Tag,
  isDone: IndexChange['isDone'],
  options: CallOptions,
): Promise<boolean> {
  const after = await readIndex(access, tag, options);
  return after !== 'something-else' && isDone(after?.index.manifests ?? []);
}

async function readIndex(
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

/** Only the list differs: what else another tool wrote into the index stays. */
function changed(before: ReferrersIndex | undefined, change: IndexChange['change']): ManifestContent {
  const mediaType = MEDIA_TYPES.ociIndex;
  const document =
    before === undefined
      ? { schemaVersion: 2, mediaType, manifests: [] }
      : parseJsonObject(before.bytes, { maxBytes: before.bytes.byteLength, what: 'image index' });
  const manifests = (document.manifests ?? []) as readonly RawEntry[];
  const bytes = canonicalJsonBytes({ ...document, manifests: change(manifests) });
  return { descriptor: describeContent(mediaType, bytes), bytes };
}

function conditionOf(before: ReferrersIndex | undefined): PutManifestOptions['condition'] {
  if (before === undefined) return 'absent';
  return before.entityTag === undefined ? undefined : { entityTag: before.entityTag };
}

function notAnIndex(access: RepositoryAccess, tag: Tag): SquizzleError<'RESPONSE_INVALID'> {
  const reason = `expected an image index under the tag ${tag}, found another manifest; it is left as it is: see who put it there`;
  return responseInvalid(access, null, reason);
}

function neverDone(access: RepositoryAccess, tag: Tag): SquizzleError<'REGISTRY_FAILED'> {
  const hint = 'run it again when fewer attach to the same manifest at once';
  const message = `${describePlace(access)}: the list of referrers ${tag} was changed by others ${ROUNDS} times in a row; ${hint}`;
  return new SquizzleError('REGISTRY_FAILED', message, { ...faultOf(access, null, hint), attempts: ROUNDS });
}
