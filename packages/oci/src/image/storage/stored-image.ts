/**
 * What is kept: images with their names, and files that cannot be read.
 *
 * @module
 */
import { isSquizzleError, SquizzleError, type CallOptions } from '@squizzle/core';
import { isContentError, type Annotations, type Digest } from '@squizzle/oci-spec';
import { namesIn } from '../../layout/layout-fs.ts';
import { openImage, type ImageFacts } from '../open-image.ts';
import type { ImageFs } from './image-fs.ts';
import type { ImageName } from './image-name.ts';
import { digestOfFile, type ImagePaths } from './image-paths.ts';
import type { ImageTags } from './tags-file.ts';

export interface StoredImage {
  /** What Docker calls it by: the digest of its config. */
  readonly imageId: Digest;
  /** Of its manifest: what registries call it by. */
  readonly digest: Digest;
  /** Bytes of manifest, config and layers: what a push sends at most. */
  readonly size: number;
  /** Its file: an OCI layout in a tar, as `skopeo copy oci-archive:…` reads it. */
  readonly storagePath: string;
  /** In order; none for an image that lost its name to another. */
  readonly tags: readonly string[];
  /** RFC 3339; `null` where the image does not say. */
  readonly created: string | null;
  readonly labels: Annotations;
}

export interface DamagedImage {
  readonly storagePath: string;
  readonly tags: readonly string[];
  /** What is wrong with it, for people. */
  readonly reason: string;
}

export interface ImageList {
  /** In the order of their digests. */
  readonly images: readonly StoredImage[];
  readonly damaged: readonly DamagedImage[];
}

/** A folder as it was seen. */
export interface SeenStorage {
  readonly fs: ImageFs;
  readonly paths: ImagePaths;
  readonly tags: ImageTags;
}

export async function listImages(storage: SeenStorage, options: CallOptions): Promise<ImageList> {
  const { paths, tags } = storage;
  const images: StoredImage[] = [];
  const damaged: DamagedImage[] = [];
  for (const digest of await digestsIn(storage)) {
    const read = await readIfWhole(paths, digest, options);
    const storagePath = paths.image(digest);
    if (typeof read === 'string') damaged.push({ storagePath, tags: namesOf(tags, digest), reason: read });
    else images.push(toStored(paths, read, tags));
  }
  return { images, damaged };
}

/** @throws {SquizzleError} `ARCHIVE_INVALID`, `STORE_UNUSABLE` when it cannot be read. */
export async function describeImage(
  paths: ImagePaths,
  digest: Digest,
  tags: ImageTags,
  options: CallOptions,
): Promise<StoredImage> {
  return toStored(paths, await readFacts(paths, digest, options), tags);
}

/** Of the files' names, which say what they hold. In order. */
export async function digestsIn({ fs, paths }: Pick<SeenStorage, 'fs' | 'paths'>): Promise<readonly Digest[]> {
  return (await namesIn(fs, paths.root)).flatMap((name) => digestOfFile(name) ?? []).toSorted();
}

/** What the image is, or why it cannot be read. */
export async function readIfWhole(
  paths: ImagePaths,
  digest: Digest,
  options: CallOptions,
): Promise<ImageFacts | string> {
  try {
    return await readFacts(paths, digest, options);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    if (isContentError(thrown) || isSquizzleError(thrown)) return thrown.message;
    throw thrown;
  }
}

/** What an image is called, in order. */
export function namesOf(tags: ImageTags, digest: Digest): readonly ImageName[] {
  return [...tags].flatMap(([name, of]) => (of === digest ? [name] : [])).toSorted();
}

async function readFacts(paths: ImagePaths, digest: Digest, options: CallOptions): Promise<ImageFacts> {
  const path = paths.image(digest);
  const { facts, close } = await openImage(path, options);
  await close();
  if (facts.root.digest === digest) return facts;
  const reason = `holds ${facts.root.digest}, not the image it is called by`;
  const details = { path, entry: 'index.json', reason };
  throw new SquizzleError('ARCHIVE_INVALID', `${path} ${reason}; rename or remove it`, details);
}

function toStored(paths: ImagePaths, facts: ImageFacts, all: ImageTags): StoredImage {
  const { imageId, root, size, created, labels } = facts;
  const { digest } = root;
  return { imageId, digest, size, storagePath: paths.image(digest), tags: namesOf(all, digest), created, labels };
}
