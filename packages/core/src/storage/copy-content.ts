/**
 * Push and pull are one thing: content copied from one store to another.
 *
 * Contents go before the manifest that names them, so a manifest at the target is whole, however copying ended.
 *
 * @module
 */
import {
  contentsOf,
  isManifestMediaType,
  LIMITS,
  parseManifest,
  readVerified,
  type Bytes,
  type Descriptor,
  type Digest,
} from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore, PushOutcome } from '../contracts/content-store.ts';
import { SquizzleError } from '../errors/squizzle-error.ts';

/** All that is asked of where content comes from: a store, an archive. */
export type ContentSource = Pick<ContentStore, 'fetch'>;

export interface CopyContentOptions extends CallOptions {
  /** Told of each blob and manifest once it is at the target: copied now, or there before. */
  readonly onBlob?: ((descriptor: Descriptor, outcome: 'copied' | 'present') => void) | undefined;
  /** Whether each blob is asked for, though the manifest is there: a registry may have lost it. */
  readonly repair?: boolean | undefined;
}

/** Enough to use a connection well, few enough to leave room for others. */
const CONCURRENCY = 4;
/** Indexes inside indexes. Real ones have two. */
const MAX_DEPTH = 8;

interface Copying {
  readonly from: ContentSource;
  readonly to: ContentStore;
  readonly signal: AbortSignal;
  readonly onBlob: NonNullable<CopyContentOptions['onBlob']>;
  readonly repair: boolean;
  readonly seen: Set<Digest>;
}

/**
 * Copies a manifest, or an index with all its manifests, and everything they name. No tag is set.
 *
 * What the target has is not read, and nothing is asked of what a manifest names where `wholeManifests` vouches for it.
 * A failure stops the other transfers and is thrown when they have ended; what arrived stays, and the next call goes on
 * from there.
 *
 * @throws {SquizzleError} `CONTENT_NOT_FOUND` when the source lacks something that is named;
 *   `ARTIFACT_TOO_LARGE` for indexes nested more than eight deep.
 * @throws {ContentError} for content that does not match its descriptor, or a manifest that cannot be read.
 */
export async function copyContent(
  root: Descriptor,
  from: ContentSource,
  to: ContentStore,
  options: CopyContentOptions = {},
): Promise<void> {
  const { copying, failure } = beginCopying(from, to, options);
  await copyTree(root, copying, failure, 0);
}

/** Copies blobs, several at once. As {@link copyContent} otherwise. */
export async function copyLayers(
  layers: readonly Descriptor[],
  from: ContentSource,
  to: ContentStore,
  options: CopyContentOptions = {},
): Promise<void> {
  const { copying, failure } = beginCopying(from, to, options);
  await copyBlobs(layers, copying, failure);
}

function beginCopying(
  from: ContentSource,
  to: ContentStore,
  { signal, onBlob = () => undefined, repair = false }: CopyContentOptions,
): { readonly copying: Copying; readonly failure: AbortController } {
  signal?.throwIfAborted();
  const failure = new AbortController();
  const combined = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  return { copying: { from, to, signal: combined, onBlob, repair, seen: new Set() }, failure };
}

async function copyTree(root: Descriptor, copying: Copying, failure: AbortController, depth: number): Promise<void> {
  if (copying.seen.has(root.digest)) return;
  copying.seen.add(root.digest);
  if (!isManifestMediaType(root.mediaType)) {
    await copyBlob(root, copying);
    return;
  }
  if (depth === MAX_DEPTH) throw tooDeep(root);
  const { from, to, signal, onBlob } = copying;
  const asksOnce = to.wholeManifests === true && !copying.repair;
  if (asksOnce && (await to.has(root, { signal }))) {
    onBlob(root, 'present');
    return;
  }
  const bytes = await readVerified(from.fetch(root, { signal }), root, LIMITS.manifestBytes);
  const contents = contentsOf(parseManifest(bytes, root.mediaType));
  await copyBlobs(contents, copying, failure);
  for (const manifest of contents.filter(({ mediaType }) => isManifestMediaType(mediaType))) {
    await copyTree(manifest, copying, failure, depth + 1);
  }
  if (!asksOnce) return push(root, [bytes], copying);
  await to.push(root, [bytes], { signal });
  onBlob(root, 'copied');
}

/** Some at a time. The first failure ends the others, and all have ended when it is thrown. */
async function copyBlobs(contents: readonly Descriptor[], copying: Copying, failure: AbortController): Promise<void> {
  const waiting = contents.filter(({ mediaType, digest }) => {
    if (isManifestMediaType(mediaType) || copying.seen.has(digest)) return false;
    copying.seen.add(digest);
    return true;
  });
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && failures.length === 0; next = waiting.shift()) {
      try {
        await copyBlob(next, copying);
      } catch (thrown) {
        failures.push(thrown);
        failure.abort(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  if (failures.length > 0) throw failures[0];
}

async function copyBlob(descriptor: Descriptor, copying: Copying): Promise<void> {
  copying.signal.throwIfAborted();
  await push(descriptor, copying.from.fetch(descriptor, { signal: copying.signal }), copying);
}

async function push(descriptor: Descriptor, content: Bytes, { to, signal, onBlob }: Copying): Promise<void> {
  onBlob(descriptor, await pushMissing(descriptor, content, to, { signal }));
}

/** Pushes what is not there. A registry looks itself before it is sent anything: it is not asked twice. */
export async function pushMissing(
  descriptor: Descriptor,
  content: Bytes,
  to: ContentStore,
  options: CallOptions,
): Promise<PushOutcome> {
  if (to.wholeManifests !== true && (await to.has(descriptor, options))) return 'present';
  return (await to.push(descriptor, content, options)) ?? 'copied';
}

function tooDeep({ digest }: Descriptor): SquizzleError<'ARTIFACT_TOO_LARGE'> {
  const details = { what: 'indexes inside one another', limit: MAX_DEPTH, actual: MAX_DEPTH + 1 };
  return new SquizzleError(
    'ARTIFACT_TOO_LARGE',
    `${digest}: more than ${MAX_DEPTH} indexes inside one another`,
    details,
  );
}
