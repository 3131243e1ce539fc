/**
 * Stage 2: an artifact into a store: blobs, then the manifest, then the tags.
 *
 * @module
 */
import type { Descriptor, Tag } from '@squizzle/oci-spec';
import type { CallOptions } from '../contracts/call-options.ts';
import type { ContentStore, ImmutableTagStore } from '../contracts/content-store.ts';
import { tagImmutable } from '../errors/tag-immutable.ts';
import type { BuiltArtifact, PublishedArtifact } from '../model/artifact.ts';
import { compareVersions, movingTagHolds, movingTags, versionTag, type Version } from '../model/version.ts';
import { copyLayers, pushMissing } from '../storage/copy-content.ts';
import { listVersions, versionAt } from '../storage/resolve-selector.ts';

export interface PublishOptions extends CallOptions {
  /** Whether `v1.2`, `v1` and `latest` follow the release; they do unless told otherwise. */
  readonly moveTags?: boolean;
  /** Whether each blob is asked for, and sent where it is gone, though the release is there: a registry may have lost it. */
  readonly repair?: boolean | undefined;
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
  if (published === undefined || store.wholeManifests !== true || options.repair === true) {
    await pushEarlierLayers(built, store, options);
    for (const { descriptor, bytes } of [built.layer, built.config, built.root])
      await pushMissing(descriptor, [bytes], store, options);
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

/** Points `v1.2`, `v1` and `latest` at the highest release of their line, after one of them was taken away. */
export async function settleMovingTags(
  version: Version,
  store: ContentStore,
  options: CallOptions = {},
): Promise<void> {
  await moveTags(version, undefined, store, options);
}

async function pushEarlierLayers(
  { previous }: BuiltArtifact,
  store: ContentStore,
  options: CallOptions,
): Promise<void> {
  // Where the predecessor was read from this very store, its layers are here: a chain of n releases would ask n times.
  if (previous === null || previous.store === store) return;
  await copyLayers(previous.image.layers, previous.store, store, options);
}

/** Of several that publish at once, each looks again after it moved a tag; the last to look sees all. Few ever need three. */
const LOOKS = 50;

/**
 * A moving tag follows the highest version of its line and never goes back.
 *
 * @returns those that name the release in the end.
 */
async function moveTags(
  version: Version,
  root: Descriptor | undefined,
  store: ContentStore,
  options: CallOptions,
): Promise<readonly Tag[]> {
  const own: Tag[] = [];
  let waiting = movingTags(version);
  for (let look = 0; look <= LOOKS && waiting.length > 0; look++) {
    const moved: Tag[] = [];
    const highestOf = createHighestFinder({ version, root }, store, options);
    for (const tag of waiting) {
      const current = await store.resolve(tag, options);
      const isOwn = current !== undefined && current.digest === root?.digest;
      // An unchanged release asks for no list. What was moved a moment ago is looked at again, whatever it names.
      if (look === 0 && isOwn) own.push(tag);
      else if (look < LOOKS && (await moveTag(tag, current, highestOf, store, options))) moved.push(tag);
      else if (isOwn) own.push(tag);
    }
    waiting = moved;
  }
  return movingTags(version).filter((tag) => own.includes(tag));
}

interface HighestRelease {
  readonly version: Version;
  readonly root: Descriptor;
}

type FindHighest = (tag: Tag) => Promise<HighestRelease | undefined>;

/**
 * The highest release that a moving tag may name. The list is read once, each release asked for once.
 *
 * A version's tag that names another release is passed over, or one that was moved would move the others.
 *
 * @param own the release that is published: it is known to be what its tag says.
 */
function createHighestFinder(
  own: { readonly version: Version; readonly root: Descriptor | undefined },
  store: ContentStore,
  options: CallOptions,
): FindHighest {
  let listed: Promise<readonly Version[]> | undefined;
  const roots = new Map<Version, Promise<Descriptor | undefined>>();
  const resolveTrue = async (version: Version): Promise<Descriptor | undefined> => {
    const root = await store.resolve(versionTag(version), options);
    if (root === undefined || (version === own.version && root.digest === own.root?.digest)) return root;
    return (await versionAt(root, store, options)) === version ? root : undefined;
  };
  return async (tag) => {
    listed ??= listVersions(store, options);
    for (const version of (await listed).toReversed()) {
      if (!movingTagHolds(tag, version)) continue;
      const resolving = roots.get(version) ?? resolveTrue(version);
      roots.set(version, resolving);
      const root = await resolving;
      if (root !== undefined) return { version, root };
    }
    return undefined;
  };
}

/** @returns whether it had to be moved. */
async function moveTag(
  tag: Tag,
  current: Descriptor | undefined,
  highestOf: FindHighest,
  store: ContentStore,
  options: CallOptions,
): Promise<boolean> {
  const highest = await highestOf(tag);
  if (highest === undefined || current?.digest === highest.root.digest) return false;
  const held = current === undefined ? undefined : await versionAt(current, store, options);
  if (held !== undefined && compareVersions(held, highest.version) > 0) return false;
  await store.tag(highest.root, tag, options);
  return true;
}
