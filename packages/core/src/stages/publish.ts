/**
 * Stage 2: an artifact into a store: blobs, then the manifest, then the tags.
 *
 * @module
 */
import type { Descriptor, Tag } from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore, ImmutableTagStore } from '../contracts/content-store.ts';
import { tagImmutable } from '../errors/tag-immutable.ts';
import type { BuiltArtifact, Document, PublishedArtifact } from '../model/artifact.ts';
import { compareVersions, movingTagHolds, movingTags, versionTag, type Version } from '../model/version.ts';
import { listVersions, versionAt } from '../storage/resolve-selector.ts';

export interface PublishOptions extends CallOptions {
  /** Whether `v1.2`, `v1` and `latest` follow the release; they do unless told otherwise. */
  readonly moveTags?: boolean;
}

/**
 * Publishes, and claims the version's tag for good. Publishing the same artifact again succeeds.
 *
 * Interrupted at any moment it leaves blobs that nothing names; a tag is set only when all it names is there.
 *
 * @throws {SquizzleError} `TAG_IMMUTABLE` when the version is published with other content; nothing was tagged.
 */
export async function publishArtifact(
  built: BuiltArtifact,
  store: ContentStore & ImmutableTagStore,
  options: PublishOptions = {},
): Promise<PublishedArtifact> {
  const { version } = built.manifest;
  const root = built.root.descriptor;
  const tag = versionTag(version);
  const published = await store.resolve(tag, options);
  if (published !== undefined && published.digest !== root.digest)
    throw tagImmutable(tag, published.digest, root.digest);
  if (published === undefined || store.wholeManifests !== true) {
    await pushEarlierLayers(built, store, options);
    for (const document of [built.layer, built.config, built.root]) await pushDocument(document, store, options);
  }
  return claimTags(version, root, store, { ...options, published });
}

export interface ClaimOptions extends PublishOptions {
  /** What the version's tag named a moment ago, where that is known: it need not be asked again. */
  readonly published?: Descriptor | undefined;
}

/**
 * Claims the version's tag and moves the moving ones, for an artifact that is already in the store.
 *
 * @throws {SquizzleError} `TAG_IMMUTABLE`.
 */
export async function claimTags(
  version: Version,
  root: Descriptor,
  store: ContentStore & ImmutableTagStore,
  { published, ...options }: ClaimOptions = {},
): Promise<PublishedArtifact> {
  const own = versionTag(version);
  if (published?.digest !== root.digest) await store.claimTag(root, own, options);
  const moved = options.moveTags === false ? [] : await moveTags(version, root, store, options);
  return { version, root, tags: [own, ...moved] };
}

async function pushEarlierLayers(
  { previous }: BuiltArtifact,
  store: ContentStore,
  options: CallOptions,
): Promise<void> {
  // Where the predecessor was read from this very store, its layers are here: a chain of n releases would ask n times.
  if (previous === null || previous.store === store) return;
  for (const layer of previous.image.layers) {
    if (await store.has(layer, options)) continue;
    await store.push(layer, previous.store.fetch(layer, options), options);
  }
}

async function pushDocument({ descriptor, bytes }: Document, store: ContentStore, options: CallOptions): Promise<void> {
  if (!(await store.has(descriptor, options))) await store.push(descriptor, [bytes], options);
}

/** Of several that publish at once, each looks again after it moved a tag; the last to look sees all. */
const LOOKS = 5;

/** A moving tag follows the highest version of its line and never goes back. */
async function moveTags(
  version: Version,
  root: Descriptor,
  store: ContentStore,
  options: CallOptions,
): Promise<readonly Tag[]> {
  const moved: Tag[] = [];
  for (const tag of movingTags(version)) {
    if ((await store.resolve(tag, options))?.digest !== root.digest) {
      for (let look = 0; look < LOOKS && (await moveTag(tag, store, options)); look++);
      if ((await store.resolve(tag, options))?.digest !== root.digest) continue;
    }
    moved.push(tag);
  }
  return moved;
}

/** @returns whether it had to be moved. */
async function moveTag(tag: Tag, store: ContentStore, options: CallOptions): Promise<boolean> {
  const highest = (await listVersions(store, options)).findLast((each) => movingTagHolds(tag, each));
  const [target, current] = [
    highest === undefined ? undefined : await store.resolve(versionTag(highest), options),
    await store.resolve(tag, options),
  ];
  if (highest === undefined || target === undefined || current?.digest === target.digest) return false;
  const held = current === undefined ? undefined : await versionAt(current, store, options);
  if (held !== undefined && compareVersions(held, highest) > 0) return false;
  await store.tag(target, tag, options);
  return true;
}
